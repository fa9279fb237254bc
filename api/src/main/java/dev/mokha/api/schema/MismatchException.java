package dev.mokha.api.schema;

/**
 * A value is not of its field's type, so that the object can't be read at all. The message is what
 * Kubernetes' decoder says, such as {@code json: cannot unmarshal string into Go struct field
 * DeploymentSpec.spec.replicas of type int32}.
 */
public final class MismatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** A mismatch with that message. */
  public MismatchException(String message) {
    super(message);
  }
}
