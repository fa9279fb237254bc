package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A complete image name (grammar of the distribution project's reference package; familiar names
 * are completed as Docker does).
 *
 * @param registry host and port, such as {@code docker.io}
 * @param repository path, such as {@code library/redis}
 * @param tag empty when only a digest is given
 * @param digest when given
 */
public record Reference(String registry, String repository, String tag, Optional<Digest> digest) {
  private static final Pattern REPOSITORY =
      Pattern.compile(
          "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
  private static final Pattern REGISTRY =
      Pattern.compile("(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+])(?::\\d+)?");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final String DOCKER_HUB = "docker.io";

  /**
   * Reads one.
   *
   * @throws EngineException when it is not a name
   */
  public static Reference parse(String text) {
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      String given = rest.substring(at + 1);
      if (!Digest.isDigest(given)) {
        throw invalid(text);
      }
      digest = Optional.of(Digest.parse(given));
      rest = rest.substring(0, at);
    }
    String tag = "";
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      rest = rest.substring(0, colon);
      if (!TAG.matcher(tag).matches()) {
        throw invalid(text);
      }
    }
    String registry = DOCKER_HUB;
    int slash = rest.indexOf('/');
    if (slash > 0) {
      String first = rest.substring(0, slash);
      if (first.indexOf('.') >= 0
          || first.indexOf(':') >= 0
          || first.equals("localhost")
          || first.chars().anyMatch(Character::isUpperCase)) {
        registry = first.equals("index.docker.io") ? DOCKER_HUB : first;
        rest = rest.substring(slash + 1);
      }
    }
    if (registry.equals(DOCKER_HUB) && rest.indexOf('/') < 0) {
      rest = "library/" + rest;
    }
    if (!REGISTRY.matcher(registry).matches()
        || !REPOSITORY.matcher(rest).matches()
        || rest.length() > 255) {
      throw invalid(text);
    }
    if (tag.isEmpty() && digest.isEmpty()) {
      tag = "latest";
    }
    return new Reference(registry, rest, tag, digest);
  }

  private static EngineException invalid(String text) {
    return new EngineException(
        EngineException.Code.INVALID,
        "\"" + text + "\" is not an image name; names look like registry.example/team/app:1.0");
  }

  /** Registry and repository. */
  public String name() {
    return registry + "/" + repository;
  }

  /** What its registry is asked for: the digest, or else the tag. */
  public String wanted() {
    return digest.map(Digest::toString).orElse(tag);
  }

  /** Name and tag; name and digest when it has no tag. */
  public String tagged() {
    return tag.isEmpty() ? digested(digest.orElseThrow()) : name() + ":" + tag;
  }

  /** The name with a digest. */
  public String digested(Digest of) {
    return name() + "@" + of;
  }

  /**
   * A complete name as users write it: {@code docker.io/library/redis:7} is {@code redis:7}.
   *
   * @param complete a name with tag or digest
   */
  public static String familiar(String complete) {
    String official = DOCKER_HUB + "/library/";
    if (complete.startsWith(official) && complete.indexOf('/', official.length()) < 0) {
      return complete.substring(official.length());
    }
    if (!complete.startsWith(DOCKER_HUB + "/")) {
      return complete;
    }
    String shorter = complete.substring(DOCKER_HUB.length() + 1);
    String first = shorter.substring(0, Math.max(0, shorter.indexOf('/')));
    // Alone it would be read as another registry.
    boolean another =
        first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    return another ? complete : shorter;
  }

  @Override
  public String toString() {
    return name() + (tag.isEmpty() ? "" : ":" + tag) + digest.map(known -> "@" + known).orElse("");
  }
}
