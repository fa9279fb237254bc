package dev.mokha.engineclient;

/** The engine refused a call, or can't be reached; the message is what the engine said. */
public final class EngineClientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * A refusal.
   *
   * @param status the HTTP status; 0 when there was no answer
   */
  public EngineClientException(int status, String message) {
    this(status, message, null);
  }

  /** The same with a cause. */
  public EngineClientException(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** The HTTP status: 404 for what is not there, 409 for a conflict; 0 when nobody answered. */
  public int status() {
    return status;
  }
}
