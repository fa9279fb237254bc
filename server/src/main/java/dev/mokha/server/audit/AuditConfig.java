package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * What is audited and where to.
 *
 * @param policy which requests
 * @param file where to, as lines of JSON
 * @param rotation when a new file is begun
 */
public record AuditConfig(AuditPolicy policy, Path file, Rotation rotation) {
  /** Refuses nulls. */
  public AuditConfig {
    requireNonNull(policy, "policy");
    requireNonNull(file, "file");
    requireNonNull(rotation, "rotation");
  }
}
