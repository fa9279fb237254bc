package dev.mokha.engine.containers;

import java.time.Duration;
import java.util.List;

/**
 * How a container's health is checked: a command inside, at intervals.
 *
 * @param command the words
 * @param interval between the end of a check and the next
 * @param timeout after which a check has failed
 * @param startPeriod after the start, in which failures do not count
 * @param startInterval between checks in the start period
 * @param retries failures in a row that make it unhealthy
 */
public record HealthCheck(
    List<String> command,
    Duration interval,
    Duration timeout,
    Duration startPeriod,
    Duration startInterval,
    int retries) {
  /** Copies the command. */
  public HealthCheck {
    command = List.copyOf(command);
  }
}
