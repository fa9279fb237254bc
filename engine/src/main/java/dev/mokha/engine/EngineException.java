package dev.mokha.engine;

import static java.util.Objects.requireNonNull;

/** Something the engine could not do; the message is one sentence fit for a user. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  /** What went wrong, as far as callers act on it. */
  public enum Code {
    /** No such image or container. */
    NOT_FOUND,
    /** A name or id is taken, or the thing is in use. */
    CONFLICT,
    /** The caller's request makes no sense. */
    INVALID,
    /** A registry refused the credentials, or wants some. */
    UNAUTHORIZED,
    /** A registry or the runtime can't be reached or does not answer in time. */
    UNAVAILABLE,
    /** A digest, a manifest or an archive is not what it should be. */
    CORRUPT,
    /** No space left on the device. */
    NO_SPACE,
    /** The OCI runtime failed; the message carries what it said. */
    RUNTIME,
    /** Anything else. */
    INTERNAL
  }

  /** A failure of its own. */
  public EngineException(Code code, String message) {
    this(code, message, null);
  }

  /** A failure with a cause. */
  public EngineException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = requireNonNull(code);
  }

  /** What went wrong. */
  public Code code() {
    return code;
  }
}
