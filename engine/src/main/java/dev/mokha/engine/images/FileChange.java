package dev.mokha.engine.images;

/**
 * What a container did to a path of its image.
 *
 * @param kind what
 * @param path from the container's root, beginning with a slash
 */
public record FileChange(Kind kind, String path) {
  /** Kinds, numbered as in Docker's API. */
  public enum Kind {
    MODIFIED,
    ADDED,
    DELETED
  }
}
