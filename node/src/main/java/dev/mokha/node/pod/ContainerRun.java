package dev.mokha.node.pod;

import java.time.Duration;
import java.time.Instant;

/**
 * One run of a container: what the engine has of it, and what its labels say.
 *
 * @param id the engine's id
 * @param container the container's name
 * @param attempt 0 for the first run, counted over the pod's life
 * @param sandbox which of the pod's sandboxes it belongs to
 * @param hash of the specification it was made from; see {@link PodContainer#hash}
 * @param backOff how long after its end the next run must wait
 * @param phase what it does
 * @param created when it was created
 * @param started when it started; null before
 * @param finished when it ended; null before
 * @param exitCode its exit code, 128 + signal when killed
 * @param oomKilled whether it was killed for memory
 * @param message why it failed, or its termination message
 * @param image the reference it was made from
 * @param imageId the image's id
 */
public record ContainerRun(
    String id,
    String container,
    int attempt,
    int sandbox,
    String hash,
    Duration backOff,
    Phase phase,
    Instant created,
    Instant started,
    Instant finished,
    int exitCode,
    boolean oomKilled,
    String message,
    String image,
    String imageId) {

  /** What a run does. */
  public enum Phase {
    CREATED,
    RUNNING,
    EXITED
  }

  /** True while its process runs. */
  public boolean isRunning() {
    return phase == Phase.RUNNING;
  }

  /** True after its end. */
  public boolean isExited() {
    return phase == Phase.EXITED;
  }

  /** True when it ended well. */
  public boolean succeeded() {
    return isExited() && exitCode == 0;
  }
}
