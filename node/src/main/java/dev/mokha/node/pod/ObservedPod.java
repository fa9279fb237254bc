package dev.mokha.node.pod;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a pod now.
 *
 * @param sandbox its sandbox when all of it is there, volumes included
 * @param setup what is being done to the sandbox
 * @param setupProblem why the sandbox could not be made; empty when nothing is wrong
 * @param setupNotBefore when another try may be made
 * @param containers by name; a container nothing is known of may be missing
 * @param failure why the pod must end, decided on this node before its containers did
 * @param startTime when the node accepted it
 * @param terminatingSince when its end was begun here
 * @param removed the API no longer has it
 * @param released its sandbox was taken away for good
 */
public record ObservedPod(
    Optional<Sandbox> sandbox,
    Setup setup,
    Optional<ObservedContainer.Waiting> setupProblem,
    Optional<Instant> setupNotBefore,
    Map<String, ObservedContainer> containers,
    Optional<Outcome> failure,
    Instant startTime,
    Optional<Instant> terminatingSince,
    boolean removed,
    boolean released) {

  /** What is being done to a pod's sandbox. */
  public enum Setup {
    NONE,
    PREPARING,
    CLEANING
  }

  /**
   * A pod's namespaces, directories and volumes.
   *
   * @param number counts the sandboxes the pod has had, from 1
   * @param addresses the pod's addresses, the host's own for a pod in the host's network
   */
  public record Sandbox(int number, List<String> addresses) {}

  /** Copies the map. */
  public ObservedPod {
    requireNonNull(sandbox, "sandbox");
    containers = Map.copyOf(containers);
  }

  /** What is known of a container. */
  public ObservedContainer container(String name) {
    return containers.getOrDefault(name, ObservedContainer.NEW);
  }
}
