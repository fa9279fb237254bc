package dev.mokha.engine.volumewatch;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Something happened to a file system that containers use.
 *
 * @param at when it was noticed
 * @param kind what
 * @param source what is mounted, such as {@code /dev/sdb1}
 * @param type of the file system, such as {@code ext4}
 * @param mountPoint where the host sees it; the path in the first container when it does not
 * @param affected who uses it
 * @param message one sentence, with what to do
 */
public record VolumeEvent(
    Instant at,
    Kind kind,
    String source,
    String type,
    Path mountPoint,
    List<Affected> affected,
    String message) {
  /** Copies the collection. */
  public VolumeEvent {
    affected = List.copyOf(affected);
  }

  /** What happened. */
  public enum Kind {
    /** It can't be written any more. */
    READ_ONLY,
    /** The kernel counted errors in it; it still can be written. */
    ERRORS,
    /** It can be written again. */
    HEALED,
    /** It could not be healed. */
    NOT_HEALED
  }

  /** A container, and where it has the volume. */
  public record Affected(String containerId, String destination) {}
}
