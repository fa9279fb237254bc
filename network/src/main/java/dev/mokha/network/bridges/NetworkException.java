package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

/** A request that can't be done, with Docker's words for it. */
public final class NetworkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Reason reason;

  /** Why; Docker's API has a status for each. */
  public enum Reason {
    /** The request makes no sense: 400. */
    INVALID,
    /** It is not allowed, or something is in its way: 403. */
    FORBIDDEN,
    /** There is no such network or container: 404. */
    NOT_FOUND,
    /** The name is taken: 409. */
    CONFLICT,
    /** The host can't: no address or port left, the kernel refuses: 500. */
    UNAVAILABLE
  }

  /** With Docker's words. */
  public NetworkException(Reason reason, String message) {
    super(message);
    this.reason = requireNonNull(reason, "reason");
  }

  /** With Docker's words, and what is behind it. */
  public NetworkException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = requireNonNull(reason, "reason");
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
