package dev.mokha.cel;

/**
 * The text is no expression, or one of the wrong type. The message is what Kubernetes' clients see
 * behind {@code compilation failed: }: one block for each error with its place in the text.
 */
public final class CelCompileException extends Exception {
  private final boolean wrongType;

  CelCompileException(String message, boolean wrongType) {
    super(message);
    this.wrongType = wrongType;
  }

  /**
   * Whether the text is an expression, but one of another type than wanted, or one that can't be
   * prepared to run: then the message says all.
   */
  public boolean wrongType() {
    return wrongType;
  }
}
