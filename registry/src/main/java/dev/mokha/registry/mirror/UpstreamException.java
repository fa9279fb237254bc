package dev.mokha.registry.mirror;

import java.io.IOException;

/** An upstream that did not give what was asked. */
public final class UpstreamException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean absent;

  /**
   * A failure.
   *
   * @param absent whether the upstream is well and says that it has no such thing
   */
  UpstreamException(String message, boolean absent, Throwable cause) {
    super(message, cause);
    this.absent = absent;
  }

  /** Whether the upstream is well and says that it has no such thing. */
  public boolean isAbsent() {
    return absent;
  }
}
