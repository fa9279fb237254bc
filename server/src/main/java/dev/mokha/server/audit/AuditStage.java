package dev.mokha.server.audit;

import java.util.Optional;

/** A point on a request's way at which an event may be written. */
public enum AuditStage {
  /** Its head is read; nothing was done yet. */
  REQUEST_RECEIVED("RequestReceived"),
  /** The head of an answer that goes on for long, such as a watch's, is sent. */
  RESPONSE_STARTED("ResponseStarted"),
  /** The answer is complete. */
  RESPONSE_COMPLETE("ResponseComplete"),
  /** The server failed in a way it should not. */
  PANIC("Panic");

  private final String text;

  AuditStage(String text) {
    this.text = text;
  }

  /** Its name in policies and events. */
  public String text() {
    return text;
  }

  static Optional<AuditStage> of(String text) {
    for (AuditStage stage : values()) {
      if (stage.text.equals(text)) {
        return Optional.of(stage);
      }
    }
    return Optional.empty();
  }
}
