package dev.mokha.node.probe;

import io.fabric8.kubernetes.api.model.Probe;
import java.time.Duration;

/**
 * What a series of a probe's results means: so many successes or failures in a row turn it over. A
 * pure state machine; nothing here waits.
 */
final class ProbeState {
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);

  private final Duration period;
  private final int successThreshold;
  private final int failureThreshold;
  private boolean good;
  private boolean decided;
  private int row;
  private boolean last;
  private Duration early = FIRST_RETRY;

  ProbeState(Probe probe, boolean initiallyGood) {
    this.period = Duration.ofSeconds(positive(probe.getPeriodSeconds(), 10));
    this.successThreshold = positive(probe.getSuccessThreshold(), 1);
    this.failureThreshold = positive(probe.getFailureThreshold(), 3);
    this.good = initiallyGood;
  }

  private static int positive(Integer value, int otherwise) {
    return value == null || value <= 0 ? otherwise : value;
  }

  /** Takes a result; true when the probe has turned over or decided for the first time. */
  boolean take(CheckResult result) {
    row = result.success() == last ? row + 1 : 1;
    last = result.success();
    if (row < (last ? successThreshold : failureThreshold)) {
      return false;
    }
    boolean changed = !decided || good != last;
    decided = true;
    good = last;
    return changed;
  }

  boolean good() {
    return good;
  }

  /** Whether enough results are in to say anything. */
  boolean decided() {
    return decided;
  }

  /**
   * How long until the next check. An application that has never answered yet and refuses
   * connections is asked again soon, so that it gets traffic as soon as it can take it.
   */
  Duration next(CheckResult result, boolean readiness) {
    if (readiness && !decided && result.refused() && early.compareTo(period) < 0) {
      Duration now = early;
      early = early.multipliedBy(2);
      return now;
    }
    return period;
  }
}
