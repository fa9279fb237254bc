package dev.mokha.server.pki;

/** Keys or certificates can't be read, written or made. */
public final class PkiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What failed and what to do about it, in one sentence. */
  public PkiException(String message, Throwable cause) {
    super(message, cause);
  }
}
