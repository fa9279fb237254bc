package dev.mokha.store;

/** A running watch. */
public interface Subscription extends AutoCloseable {
  /** Ends the watch; no call reaches the listener after this returns. */
  @Override
  void close();
}
