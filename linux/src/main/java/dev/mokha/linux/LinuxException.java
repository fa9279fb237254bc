package dev.mokha.linux;

import static java.util.Objects.requireNonNull;

/** A system call that failed. The message says what was tried and what the kernel answered. */
public final class LinuxException extends RuntimeException {
  private final Errno errno;

  /**
   * A failure.
   *
   * @param what what was tried, such as {@code mount overlay on /run/x}
   * @param errno what the kernel answered
   */
  public LinuxException(String what, Errno errno) {
    super(what + ": " + errno.description() + " (" + errno + ")");
    this.errno = requireNonNull(errno, "errno");
  }

  /** What the kernel answered. */
  public Errno errno() {
    return errno;
  }
}
