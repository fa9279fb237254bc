package dev.mokha.store;

/** A transaction's condition did not hold, and nothing was changed. */
public final class CompareFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final long currentRevision;

  /** Names the first key whose condition failed, and its mod-revision; 0 when it does not exist. */
  public CompareFailedException(String key, long currentRevision) {
    super("the key " + key + " was changed by someone else", null, false, false);
    this.key = key;
    this.currentRevision = currentRevision;
  }

  /** The key whose condition failed. */
  public String key() {
    return key;
  }

  /** The mod-revision it has instead; 0 when the key does not exist. */
  public long currentRevision() {
    return currentRevision;
  }
}
