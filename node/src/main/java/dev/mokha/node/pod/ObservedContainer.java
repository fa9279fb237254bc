package dev.mokha.node.pod;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of one container of a pod now.
 *
 * @param current its newest run in the pod's present sandbox
 * @param older earlier runs, newest first
 * @param job what is being done to it
 * @param waiting why it could not be started; empty when nothing is wrong
 * @param notBefore when another start may be tried
 * @param started its startup probe has succeeded, or it has none and runs
 * @param ready it runs, has started and its readiness probe succeeds, if any
 * @param unhealthy why it is to be killed
 * @param lastAttempt the number of its last run, also when no trace of that is left but in the API;
 *     -1 when it never ran
 * @param resizeWanted its resources differ from those applied
 */
public record ObservedContainer(
    Optional<ContainerRun> current,
    List<ContainerRun> older,
    Job job,
    Optional<Waiting> waiting,
    Optional<Instant> notBefore,
    boolean started,
    boolean ready,
    Optional<Unhealthy> unhealthy,
    int lastAttempt,
    Resize resizeWanted) {

  /** Nothing was ever done. */
  public static final ObservedContainer NEW =
      new ObservedContainer(
          Optional.empty(),
          List.of(),
          Job.NONE,
          Optional.empty(),
          Optional.empty(),
          false,
          false,
          Optional.empty(),
          -1,
          Resize.NONE);

  /** What is being done to a container. */
  public enum Job {
    NONE,
    STARTING,
    STOPPING
  }

  /** How a container's resources are to be changed. */
  public enum Resize {
    NONE,
    IN_PLACE,
    RESTART
  }

  /**
   * Why a container waits.
   *
   * @param reason such as {@code ErrImagePull}
   * @param message in words
   */
  public record Waiting(String reason, String message) {}

  /**
   * Why a container is to be killed.
   *
   * @param message in words
   * @param grace how long it may take, when the probe has a grace of its own
   */
  public record Unhealthy(String message, Optional<Duration> grace) {}

  /** Copies the list. */
  public ObservedContainer {
    requireNonNull(current, "current");
    requireNonNull(job, "job");
    older = List.copyOf(older);
  }

  /** True while its process runs. */
  public boolean isRunning() {
    return current.isPresent() && current.get().isRunning();
  }

  /** True when neither a process nor a job is left. */
  public boolean isQuiet() {
    return !isRunning() && job == Job.NONE;
  }

  /** Its newest run, of whatever sandbox. */
  public Optional<ContainerRun> newest() {
    return current.isPresent() ? current : older.stream().findFirst();
  }
}
