package dev.mokha.cel;

/**
 * An expression has no value, such as {@code no such key: foo}. The message is one that users of
 * CEL in Kubernetes know. Has no stack trace, since expressions may well catch it (with {@code
 * ||}).
 */
public class CelEvaluationException extends RuntimeException {
  /** With that message. */
  public CelEvaluationException(String message) {
    super(message, null, false, false);
  }
}
