package dev.mokha.api.selector;

/** A selector that can't be read; the message is the one clients know. */
public final class SelectorException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** With the words for the client. */
  public SelectorException(String message) {
    super(message);
  }
}
