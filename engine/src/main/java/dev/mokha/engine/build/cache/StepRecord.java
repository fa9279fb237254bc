package dev.mokha.engine.build.cache;

import java.time.Instant;
import java.util.List;

/**
 * What a step made.
 *
 * @param format of the record
 * @param key digest of everything the step depends on, as hexadecimal digits
 * @param parent key of the step before; empty for none
 * @param text the instruction
 * @param configuration of the image after the step, as JSON
 * @param diffIds its layers, lowest first
 * @param bytes of the layer that the step made; 0 when it made none
 * @param created when
 * @param lastUsed when a build last took it
 * @param uses how often
 * @param boot the machine's boot id as long as the layers may not be on the disk; else empty
 */
public record StepRecord(
    int format,
    String key,
    String parent,
    String text,
    String configuration,
    List<String> diffIds,
    long bytes,
    Instant created,
    Instant lastUsed,
    int uses,
    String boot) {
  /** Format written. */
  public static final int FORMAT = 1;

  /** Copies the layers; what an earlier version wrote has no boot id. */
  public StepRecord {
    diffIds = List.copyOf(diffIds);
    boot = boot == null ? "" : boot;
  }

  /** A new one. */
  public StepRecord(
      String key,
      String parent,
      String text,
      String configuration,
      List<String> diffIds,
      long bytes) {
    this(
        FORMAT,
        key,
        parent,
        text,
        configuration,
        diffIds,
        bytes,
        Instant.now(),
        Instant.now(),
        0,
        "");
  }

  StepRecord used(Instant at) {
    return new StepRecord(
        format, key, parent, text, configuration, diffIds, bytes, created, at, uses + 1, boot);
  }

  StepRecord in(String newBoot) {
    return new StepRecord(
        format, key, parent, text, configuration, diffIds, bytes, created, lastUsed, uses, newBoot);
  }
}
