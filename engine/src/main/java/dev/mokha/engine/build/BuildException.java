package dev.mokha.engine.build;

/** A Dockerfile that is wrong, or a step that failed; the message is Docker's. */
public final class BuildException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int exitCode;

  /** A failure of its own. */
  public BuildException(String message) {
    this(message, 0, 0, null);
  }

  /** A failure with a cause. */
  public BuildException(String message, Throwable cause) {
    this(message, 0, 0, cause);
  }

  private BuildException(String message, int line, int exitCode, Throwable cause) {
    super(message, cause);
    this.line = line;
    this.exitCode = exitCode;
  }

  /** A Dockerfile that can't be read at a line, counted from 1. */
  public static BuildException parse(int line, String reason) {
    return new BuildException(
        "dockerfile parse error on line " + line + ": " + reason, line, 0, null);
  }

  /** A command that failed. */
  public static BuildException command(String command, int exitCode) {
    return new BuildException(
        "The command '" + command + "' returned a non-zero code: " + exitCode, 0, exitCode, null);
  }

  /** The line of the Dockerfile, from 1; 0 when it is not about one. */
  public int line() {
    return line;
  }

  /** What the step's command returned; 0 when it is not about one. */
  public int exitCode() {
    return exitCode;
  }
}
