package dev.mokha.server.pipeline;

import dev.mokha.api.error.StatusException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who did what, one line each, under the logger {@code dev.mokha.audit}: reads at DEBUG, writes and
 * refusals at INFO. Where the lines go, and whether at all, is the log configuration's business.
 */
public final class AuditLog {
  private static final Logger log = LoggerFactory.getLogger("dev.mokha.audit");

  /** A call that was answered. */
  public void done(ApiCall call, Answer answer) {
    switch (call.verb()) {
      case "get", "list", "watch" -> {
        if (log.isDebugEnabled()) {
          log.debug("{} {}", line(call), answer.code());
        }
      }
      default -> {
        if (log.isInfoEnabled()) {
          log.info("{} {}", line(call), answer.code());
        }
      }
    }
  }

  /** A call that failed. */
  public void refused(ApiCall call, StatusException why) {
    if (log.isInfoEnabled()) {
      log.info("{} {} {}", line(call), why.code(), why.reason().reason());
    }
  }

  private static String line(ApiCall call) {
    String group = call.resource().group();
    return "%s %s %s%s%s %s/%s"
        .formatted(
            call.user().name(),
            call.verb(),
            call.resource().resource(),
            group.isEmpty() ? "" : "." + group,
            call.subresource().isEmpty() ? "" : "/" + call.subresource(),
            call.namespace(),
            call.name());
  }
}
