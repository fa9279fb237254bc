package dev.mokha.registry;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** A failure that a client is to see in the distribution spec's form. */
public final class RegistryException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int INSUFFICIENT_STORAGE = 507;

  private final ErrorCode code;
  private final int status;
  private final transient List<String> details;

  /** A failure with its code's usual status. */
  public RegistryException(ErrorCode code, String message) {
    this(code, code.status(), message, List.of(), null);
  }

  /**
   * A failure.
   *
   * @param status the HTTP status
   * @param details what it is about, one error of the answer each; none for one without detail
   * @param cause may be null
   */
  public RegistryException(
      ErrorCode code, int status, String message, List<String> details, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code);
    this.status = status;
    this.details = List.copyOf(details);
  }

  /** What a failed disk means for a client. A full one is told apart: somebody can help there. */
  public static RegistryException of(IOException e) {
    String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (said.contains("no space left") || said.contains("quota exceeded")) {
      return new RegistryException(
          ErrorCode.UNAVAILABLE,
          INSUFFICIENT_STORAGE,
          "the registry's disk is full; remove images and run mokha registry gc, or give it more"
              + " room",
          List.of(),
          e);
    }
    return new RegistryException(
        ErrorCode.UNKNOWN, 500, "the registry's disk failed: " + e.getMessage(), List.of(), e);
  }

  /** The spec's code. */
  public ErrorCode code() {
    return code;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** What it is about. */
  public List<String> details() {
    return details;
  }
}
