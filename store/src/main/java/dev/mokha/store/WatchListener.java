package dev.mokha.store;

import java.util.List;

/** Hears what happens to the keys of a watched prefix. */
public interface WatchListener {
  /**
   * False when the listener has no use for what an event says of the time before; it is then left
   * out, which saves looking it up. Asked once.
   */
  default boolean wantsPrevious() {
    return true;
  }

  /**
   * All changes of one revision below the prefix.
   *
   * @param revision their revision
   * @param events in the order of the transaction's operations; empty when the revision changed
   *     only other keys (a progress mark)
   */
  void onRevision(long revision, List<WatchEvent> events);

  /** The history asked for is gone; the watch is over. */
  void onCompacted(long compactedRevision);

  /** The watch failed and is over; null when the store was closed. */
  void onClosed(Throwable cause);
}
