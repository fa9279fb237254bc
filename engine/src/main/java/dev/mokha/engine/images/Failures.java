package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Says failures of the disk in the engine's words. */
final class Failures {
  /** Something that may fail for want of a file or of space. */
  @FunctionalInterface
  interface Action<T> {
    /** Does it. */
    T run() throws IOException;
  }

  private Failures() {}

  /**
   * Runs an action.
   *
   * @param what it does, in words that follow "Can't"
   */
  static <T> T guarded(String what, Action<T> action) {
    try {
      return action.run();
    } catch (IOException | UncheckedIOException e) {
      boolean full = isFull(e);
      throw new EngineException(
          full ? EngineException.Code.NO_SPACE : EngineException.Code.INTERNAL,
          full
              ? "No space left to " + what + "; free some or prune images"
              : "Can't " + what + ": " + e.getMessage(),
          e);
    }
  }

  /** Whether the disk is full. */
  static boolean isFull(Throwable e) {
    return String.valueOf(e.getMessage()).contains("No space left");
  }

  static EngineException missing(String reference) {
    return new EngineException(
        EngineException.Code.NOT_FOUND, "No such image: " + reference + "; pull or import it");
  }

  static EngineException corrupt(String what) {
    return new EngineException(EngineException.Code.CORRUPT, what);
  }
}
