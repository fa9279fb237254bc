package dev.mokha.server.authentication;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses credentials. The client learns only that they were refused; the log says why. */
final class Unauthorized {
  private static final Logger LOG = LoggerFactory.getLogger(Unauthorized.class);

  private Unauthorized() {}

  static StatusException because(String reason) {
    LOG.debug("Credentials refused: {}", reason);
    return new StatusException(
        StatusReason.UNAUTHORIZED, "Unauthorized", StatusException.Details.NONE);
  }
}
