package dev.mokha.node.images;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/** An image that can't be had now. */
public final class ImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final transient Instant retryAt;

  /**
   * Says what is wrong.
   *
   * @param reason such as {@code ErrImagePull}
   * @param message in words
   * @param retryAt when to try again
   */
  public ImageException(String reason, String message, Instant retryAt) {
    super(message);
    this.reason = requireNonNull(reason, "reason");
    this.retryAt = requireNonNull(retryAt, "retryAt");
  }

  /** Such as {@code ImagePullBackOff}. */
  public String reason() {
    return reason;
  }

  /** When to try again. */
  public Instant retryAt() {
    return retryAt;
  }
}
