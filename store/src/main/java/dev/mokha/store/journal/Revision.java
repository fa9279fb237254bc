package dev.mokha.store.journal;

import dev.mokha.store.WatchEvent;
import java.util.List;

/**
 * What one commit changed.
 *
 * @param revision its number
 * @param events the changes, in the order of the transaction's operations; never empty
 */
public record Revision(long revision, List<WatchEvent> events) {
  /** Copies the list. */
  public Revision {
    events = List.copyOf(events);
  }

  /** The bytes that its keys and values occupy, about. */
  long weight() {
    long weight = 64;
    for (WatchEvent event : events) {
      weight += 96 + event.key().length() + length(event.value()) + length(event.previous());
    }
    return weight;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
