package dev.mokha.docker.logging;

import java.io.IOException;

/** A line that its receiver can never take: it is left out, and said in the daemon's log. */
final class UnsendableException extends IOException {
  private static final long serialVersionUID = 1L;

  UnsendableException(String message) {
    super(message);
  }
}
