package dev.mokha.engine.build.run;

/** Runs cleaning up with the interrupt flag put aside: an interrupted thread can't wait. */
final class Uninterrupted {
  private Uninterrupted() {}

  static void run(Runnable action) {
    boolean interrupted = Thread.interrupted();
    try {
      action.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
