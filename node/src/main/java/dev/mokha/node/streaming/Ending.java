package dev.mokha.node.streaming;

import static java.util.Objects.requireNonNull;

/** The end of a client's connection: whoever wants to hear of it does, before it or afterwards. */
final class Ending {
  private Runnable handler = () -> {};
  private boolean over;

  /** Has a handler told, at once if it is over already. */
  void tell(Runnable newHandler) {
    boolean already;
    synchronized (this) {
      handler = requireNonNull(newHandler, "newHandler");
      already = over;
    }
    if (already) {
      newHandler.run();
    }
  }

  /** It is over. */
  void happened() {
    Runnable told;
    synchronized (this) {
      over = true;
      told = handler;
    }
    told.run();
  }
}
