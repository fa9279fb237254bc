package dev.mokha.node.volume;

/** A volume that can't be made now; the message is told to the user as {@code FailedMount}. */
public final class VolumeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public VolumeException(String message) {
    super(message);
  }

  /** Says what is wrong, and why. */
  public VolumeException(String message, Throwable cause) {
    super(message, cause);
  }
}
