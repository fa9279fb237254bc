package dev.mokha.api.quantity;

/** A text is not a quantity. */
public final class QuantityFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** With the words clients know. */
  public QuantityFormatException(String message) {
    super(message);
  }
}
