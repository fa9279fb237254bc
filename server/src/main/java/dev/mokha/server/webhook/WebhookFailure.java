package dev.mokha.server.webhook;

/**
 * A webhook could not be asked, or its answer is of no use: there is no such service, nobody
 * listens, its certificate is wrong, it took too long, it refused, it was cut off. The message is
 * one sentence, to be shown to whoever made the request.
 */
public final class WebhookFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** A failure, told in one sentence. */
  public WebhookFailure(String message) {
    super(message);
  }

  /** A failure with a cause that only the log shows. */
  public WebhookFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
