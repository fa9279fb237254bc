package dev.mokha.node.pod;

import java.time.Duration;
import java.time.Instant;

/** One thing to do for a pod. Every action may be repeated without harm. */
public sealed interface Action {
  /** Make namespaces, directories and volumes. */
  record PrepareSandbox() implements Action {}

  /**
   * Start a container.
   *
   * @param container its name
   * @param attempt the run's number
   * @param backOff how long the run after this one will have to wait
   */
  record Start(String container, int attempt, Duration backOff) implements Action {}

  /** Give up a start that is under way, as far as it can be. */
  record CancelStart(String container) implements Action {}

  /**
   * End a container: preStop hook, stop signal, SIGKILL at the deadline. Given again with an
   * earlier deadline, it hurries.
   *
   * @param container its name
   * @param message why, for the event
   * @param deadline when it is killed
   */
  record Stop(String container, String message, Instant deadline) implements Action {}

  /** Remove an ended run that is no longer of use. */
  record Discard(String id) implements Action {}

  /** Apply a container's changed resources. */
  record Resize(String container) implements Action {}

  /** Take sandbox, network and volumes away but keep ended containers for their logs. */
  record Release() implements Action {}

  /** Take everything away, and delete the API object if it is still there. */
  record Finish() implements Action {}
}
