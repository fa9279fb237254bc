package dev.mokha.store;

/**
 * The store can't be reached for now. Of a write that ends so it is not known whether it was made;
 * it may become visible later.
 */
public final class StoreUnavailableException extends StoreException {
  private static final long serialVersionUID = 1L;

  /** What was tried, in one sentence. */
  public StoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
