package dev.mokha.engine.images;

/** Hears how far a long piece of work is. Calls come from several threads. */
@FunctionalInterface
public interface Progress {
  /** Nobody listens. */
  Progress NONE = (item, action, done, total) -> {};

  /**
   * Something moved on.
   *
   * @param item what, such as a layer's short digest
   * @param action what is done to it, such as {@code Downloading}
   * @param done how much, in bytes or steps
   * @param total of how much; -1 when unknown
   */
  void update(String item, String action, long done, long total);
}
