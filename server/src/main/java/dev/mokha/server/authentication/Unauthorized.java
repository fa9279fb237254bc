package dev.mokha.server.authentication;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses credentials. The client learns only that they were refused; the log says why. */
public final class Unauthorized {
  private static final Logger LOG = LoggerFactory.getLogger(Unauthorized.class);

  private Unauthorized() {}

  /** The 401; the reason stays on this side, but for token reviews. */
  public static StatusException because(String reason) {
    LOG.debug("Credentials refused: {}", reason);
    StatusException refusal =
        new StatusException(
            StatusReason.UNAUTHORIZED, "Unauthorized", StatusException.Details.NONE);
    refusal.initCause(new Reason(reason));
    return refusal;
  }

  /** Why credentials were refused, for those who may know: token reviews. */
  static String reason(StatusException refusal) {
    return refusal.getCause() instanceof Reason reason ? reason.getMessage() : "";
  }

  private static final class Reason extends Exception {
    private static final long serialVersionUID = 1L;

    Reason(String message) {
      super(message, null, false, false);
    }
  }
}
