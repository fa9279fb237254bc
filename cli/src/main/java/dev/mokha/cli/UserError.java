package dev.mokha.cli;

/** A failure whose message is all that a user needs: one sentence that says what to do. */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The sentence, without a full stop or the program's name. */
  public UserError(String message) {
    super(message);
  }
}
