package dev.mokha.store;

/**
 * One change of one key.
 *
 * @param key the key
 * @param value the new value; null when the key was removed
 * @param previous the value before; null when the key was created, or the listener does not
 *     {@linkplain WatchListener#wantsPrevious() want it}, and then previousRevision and a removal's
 *     createRevision may be 0
 * @param revision when it happened
 * @param previousRevision the mod-revision before; 0 when the key was created
 * @param createRevision when the key was created; for a removal, when the removed one was
 */
public record WatchEvent(
    String key,
    byte[] value,
    byte[] previous,
    long revision,
    long previousRevision,
    long createRevision) {
  /** The same with the value before. */
  public WatchEvent withPrevious(byte[] before) {
    return new WatchEvent(key, value, before, revision, previousRevision, createRevision);
  }

  /** True when the key was removed. */
  public boolean isDelete() {
    return value == null;
  }
}
