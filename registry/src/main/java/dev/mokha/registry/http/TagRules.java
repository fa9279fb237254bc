package dev.mokha.registry.http;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.Repository;
import dev.mokha.registry.storage.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which tags can't be moved or deleted once they are there. */
public final class TagRules {
  /** Every tag can be moved. */
  public static final TagRules NONE = new TagRules(List.of());

  private final List<Compiled> rules;

  /**
   * Tags that stay as they are.
   *
   * @param repositories pattern of repository names, in which {@code *} stands for anything but a
   *     slash and {@code **} for anything
   * @param tags pattern of tags, likewise
   */
  public record Immutable(String repositories, String tags) {}

  private record Compiled(Pattern repositories, Pattern tags) {}

  /** Some rules. */
  public TagRules(List<Immutable> rules) {
    List<Compiled> compiled = new ArrayList<>();
    for (Immutable rule : rules) {
      compiled.add(new Compiled(pattern(rule.repositories()), pattern(rule.tags())));
    }
    this.rules = List.copyOf(compiled);
  }

  private static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.charAt(i) != '*') {
        regex.append(Pattern.quote(String.valueOf(glob.charAt(i))));
      } else if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else {
        regex.append("[^/]*");
      }
    }
    return Pattern.compile(regex.toString());
  }

  private boolean isImmutable(Repository repository, Tag tag) {
    return rules.stream()
        .anyMatch(
            rule ->
                rule.repositories().matcher(repository.name().value()).matches()
                    && rule.tags().matcher(tag.name()).matches());
  }

  /** Refuses to move a tag that must stay. To push the same again changes nothing, and may be. */
  void requireWritable(Repository repository, Tag tag, Digest digest) throws IOException {
    if (!isImmutable(repository, tag)) {
      return;
    }
    Optional<Digest> before = repository.tagged(tag);
    if (before.isPresent() && !before.get().equals(digest)) {
      throw new RegistryException(
          ErrorCode.DENIED,
          "the tag %s of %s can't be moved: it is immutable, and stands for %s; push under another tag"
              .formatted(tag, repository.name(), before.get()));
    }
  }

  /** Refuses to delete a tag that must stay. */
  void requireDeletable(Repository repository, Tag tag) throws IOException {
    if (isImmutable(repository, tag) && repository.tagged(tag).isPresent()) {
      throw new RegistryException(
          ErrorCode.DENIED,
          "the tag %s of %s can't be deleted: it is immutable".formatted(tag, repository.name()));
    }
  }
}
