package dev.mokha.server.audit;

import java.util.Optional;

/** How much of a request is kept; each level holds all of the ones before it. */
public enum AuditLevel {
  /** Nothing. */
  NONE("None"),
  /** Who, when, what, and how it ended. */
  METADATA("Metadata"),
  /** And what was sent. */
  REQUEST("Request"),
  /** And what was answered. */
  REQUEST_RESPONSE("RequestResponse");

  private final String text;

  AuditLevel(String text) {
    this.text = text;
  }

  /** Its name in policies and events. */
  public String text() {
    return text;
  }

  static Optional<AuditLevel> of(String text) {
    for (AuditLevel level : values()) {
      if (level.text.equals(text)) {
        return Optional.of(level);
      }
    }
    return Optional.empty();
  }

  boolean includes(AuditLevel other) {
    return compareTo(other) >= 0;
  }
}
