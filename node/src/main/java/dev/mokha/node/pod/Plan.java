package dev.mokha.node.pod;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What to do next for a pod.
 *
 * @param actions in this order; all may be begun at once
 * @param wakeAt when to plan again if nothing happens before
 * @param outcome how the pod ended or is about to end; empty while it may go on
 */
public record Plan(List<Action> actions, Optional<Instant> wakeAt, Optional<Outcome> outcome) {
  /** Copies the list. */
  public Plan {
    actions = List.copyOf(actions);
    requireNonNull(wakeAt, "wakeAt");
    requireNonNull(outcome, "outcome");
  }
}
