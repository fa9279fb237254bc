package dev.mokha.store;

/** The store can't do its work: the disk failed, the data is damaged or newer than this program. */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What failed and what to do about it, in one sentence. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
