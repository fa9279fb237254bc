package dev.mokha.engine.supervision;

import dev.mokha.engine.containers.Container.Check;
import dev.mokha.engine.containers.Container.Health;
import dev.mokha.engine.containers.Container.HealthStatus;
import dev.mokha.engine.containers.HealthCheck;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What checks say in sum. What a check leaves open (zero) has Docker's default. */
public final class HealthRule {
  private static final int LOG = 5;
  private static final int RETRIES = 3;
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration START_INTERVAL = Duration.ofSeconds(5);

  private HealthRule() {}

  /** At the start of a run; what was said of the one before stays in the log. */
  public static Health starting(Health before) {
    return new Health(HealthStatus.STARTING, 0, before.log());
  }

  /** After the end of a run: nobody checks it any more, which Docker calls unhealthy. */
  public static Health ended(Health before) {
    return new Health(HealthStatus.UNHEALTHY, before.failingStreak(), before.log());
  }

  /**
   * After one more check.
   *
   * @param started when the run began
   */
  public static Health after(Health before, HealthCheck rule, Instant started, Check check) {
    List<Check> log = new ArrayList<>(before.log());
    log.add(check);
    while (log.size() > LOG) {
      log.removeFirst();
    }
    if (check.exitCode() == 0) {
      return new Health(HealthStatus.HEALTHY, 0, log);
    }
    boolean forgiven =
        before.status() == HealthStatus.STARTING
            && Duration.between(started, check.start()).compareTo(rule.startPeriod()) < 0;
    if (forgiven) {
      return new Health(before.status(), before.failingStreak(), log);
    }
    int streak = before.failingStreak() + 1;
    int retries = rule.retries() > 0 ? rule.retries() : RETRIES;
    return new Health(streak >= retries ? HealthStatus.UNHEALTHY : before.status(), streak, log);
  }

  /** How long to wait for the next check. */
  public static Duration pause(Health now, HealthCheck rule, Instant started, Instant at) {
    boolean young = Duration.between(started, at).compareTo(rule.startPeriod()) < 0;
    return young && now.status() == HealthStatus.STARTING
        ? orElse(rule.startInterval(), START_INTERVAL)
        : orElse(rule.interval(), INTERVAL);
  }

  /** How long a check may take. */
  public static Duration timeout(HealthCheck rule) {
    return orElse(rule.timeout(), TIMEOUT);
  }

  private static Duration orElse(Duration given, Duration standard) {
    return given.isZero() || given.isNegative() ? standard : given;
  }
}
