package dev.mokha.docker.images;

import dev.mokha.docker.http.ApiVersion;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Until;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageUsage;
import dev.mokha.engine.images.Images;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;

/** The list of images: which of them, and in what order. */
final class ImageList {
  private static final List<String> KEYS =
      List.of("dangling", "label", "before", "since", "reference", "until");

  private static final Comparator<Image> NEWEST_FIRST =
      Comparator.comparing((Image image) -> created(image)).reversed().thenComparing(Image::id);

  private final Images images;
  private final Filters filters;
  private final Instant before;
  private final Instant since;
  private final List<Pattern> patterns;

  /** A list by filters, which are checked. */
  ImageList(Images images, Filters filters) {
    this.images = images;
    this.filters = filters.only(KEYS);
    filters.bool("dangling", false);
    Optional<Instant> until = Until.of(filters, Instant.now());
    Instant earliest = until.orElse(Instant.MAX);
    for (String name : filters.get("before")) {
      Instant created = created(name);
      earliest = created.isBefore(earliest) ? created : earliest;
    }
    Instant latest = Instant.MIN;
    for (String name : filters.get("since")) {
      Instant created = created(name);
      latest = created.isAfter(latest) ? created : latest;
    }
    before = earliest;
    since = latest;
    patterns = filters.get("reference").stream().map(Globs::pattern).toList();
  }

  private Instant created(String name) {
    return created(ImageNames.find(images, name));
  }

  private static Instant created(Image image) {
    return image.created() == null ? Instant.EPOCH : image.created();
  }

  /**
   * The list.
   *
   * @param all also images without a name that others were made from
   * @param shared whether to count what images share, and their containers
   */
  ArrayNode json(boolean all, boolean shared, ApiVersion version) {
    Map<String, ImageUsage.Part> usage = new HashMap<>();
    if (shared) {
      images.usage().images().forEach(part -> usage.put(part.image().id(), part));
    }
    ArrayNode array = Json.array();
    List<Image> sorted = images.list().stream().sorted(NEWEST_FIRST).toList();
    for (Image image : sorted) {
      List<String> tags = tags(image);
      if (chosen(image, tags, all)) {
        ImageUsage.Part part = usage.get(image.id());
        array.add(
            ImageJson.summary(
                image,
                images.inspect(image.id()).parent(),
                tags,
                part == null ? -1 : part.containers(),
                part == null ? -1 : part.shared(),
                version));
      }
    }
    return array;
  }

  private boolean chosen(Image image, List<String> tags, boolean all) {
    Instant created = created(image);
    if (!created.isBefore(before)
        || !created.isAfter(since)
        || !filters.matchesLabels(image.config().labels())) {
      return false;
    }
    boolean named = !image.references().isEmpty();
    if (!patterns.isEmpty() && tags.isEmpty() && !matchesDigest(image)) {
      return false;
    }
    if (filters.has("dangling")) {
      boolean dangling = !named && images.children(image.id()).isEmpty();
      return filters.bool("dangling", false) ? dangling : named;
    }
    return all || named || images.children(image.id()).isEmpty();
  }

  private boolean matchesDigest(Image image) {
    return image.repoDigests().stream().anyMatch(digest -> matches(ImageNames.familiar(digest)));
  }

  /** The names that are shown: those that fit, when there is a filter by name. */
  private List<String> tags(Image image) {
    return image.references().stream()
        .filter(reference -> reference.indexOf('@') < 0)
        .map(ImageNames::familiar)
        .filter(this::matches)
        .toList();
  }

  private boolean matches(String name) {
    if (patterns.isEmpty()) {
      return true;
    }
    int at = name.indexOf('@');
    int colon = at >= 0 ? at : name.lastIndexOf(':');
    String repository = name.substring(0, colon);
    return patterns.stream()
        .anyMatch(p -> p.matcher(name).matches() || p.matcher(repository).matches());
  }
}
