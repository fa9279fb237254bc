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
    int uses) {
  /** Format written. */
  public static final int FORMAT = 1;

  /** Copies the layers. */
  public StepRecord {
    diffIds = List.copyOf(diffIds);
  }

  /** A new one. */
  public StepRecord(
      String key,
      String parent,
      String text,
      String configuration,
      List<String> diffIds,
      long bytes) {
    this(FORMAT, key, parent, text, configuration, diffIds, bytes, Instant.now(), Instant.now(), 0);
  }

  StepRecord used(Instant at) {
    return new StepRecord(
        format, key, parent, text, configuration, diffIds, bytes, created, at, uses + 1);
  }
}
