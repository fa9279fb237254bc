package dev.mokha.engine.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Container.Check;
import dev.mokha.engine.containers.Container.Health;
import dev.mokha.engine.containers.Container.HealthStatus;
import dev.mokha.engine.containers.HealthCheck;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What checks say in sum. */
class HealthRuleTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static HealthCheck rule(int retries, int startPeriodSeconds) {
    return new HealthCheck(
        List.of("true"),
        Duration.ofSeconds(7),
        Duration.ZERO,
        Duration.ofSeconds(startPeriodSeconds),
        Duration.ofSeconds(2),
        retries);
  }

  private static Health check(Health before, HealthCheck rule, int second, int code) {
    Instant at = START.plusSeconds(second);
    return HealthRule.after(before, rule, START, new Check(at, at, code, "at " + second));
  }

  @Test
  void failuresInARowMakeItUnhealthyAndOneSuccessHealthy() {
    HealthCheck rule = rule(2, 0);
    Health health = HealthRule.starting(Health.NONE);
    health = check(health, rule, 1, 1);
    assertThat(health.status()).isEqualTo(HealthStatus.STARTING);
    health = check(health, rule, 2, -1);
    assertThat(health.status()).isEqualTo(HealthStatus.UNHEALTHY);
    assertThat(health.failingStreak()).isEqualTo(2);
    health = check(health, rule, 3, 0);
    assertThat(health.status()).isEqualTo(HealthStatus.HEALTHY);
    assertThat(health.failingStreak()).isZero();
    health = check(health, rule, 4, 1);
    assertThat(health.status()).isEqualTo(HealthStatus.HEALTHY);
  }

  @Test
  void inTheStartPeriodFailuresDoNotCountUntilItWasHealthyOnce() {
    HealthCheck rule = rule(1, 10);
    Health health = HealthRule.starting(Health.NONE);
    health = check(health, rule, 5, 1);
    assertThat(health.status()).isEqualTo(HealthStatus.STARTING);
    assertThat(health.failingStreak()).isZero();
    assertThat(check(health, rule, 10, 1).status()).isEqualTo(HealthStatus.UNHEALTHY);
    Health once = check(health, rule, 6, 0);
    assertThat(check(once, rule, 7, 1).status()).isEqualTo(HealthStatus.UNHEALTHY);
  }

  @Test
  void fiveChecksAreKeptAcrossRuns() {
    HealthCheck rule = rule(0, 0);
    Health health = HealthRule.starting(Health.NONE);
    for (int i = 0; i < 7; i++) {
      health = check(health, rule, i, 0);
    }
    assertThat(health.log())
        .extracting(Check::output)
        .containsExactly("at 2", "at 3", "at 4", "at 5", "at 6");
    assertThat(HealthRule.starting(HealthRule.ended(health)).log()).hasSize(5);
    assertThat(HealthRule.ended(health).status()).isEqualTo(HealthStatus.UNHEALTHY);
  }

  @Test
  void pausesAreShortWhileItStarts() {
    HealthCheck rule = rule(3, 60);
    Health starting = HealthRule.starting(Health.NONE);
    assertThat(HealthRule.pause(starting, rule, START, START.plusSeconds(1))).hasSeconds(2);
    assertThat(HealthRule.pause(starting, rule, START, START.plusSeconds(60))).hasSeconds(7);
    Health healthy = check(starting, rule, 1, 0);
    assertThat(HealthRule.pause(healthy, rule, START, START.plusSeconds(2))).hasSeconds(7);
    assertThat(HealthRule.timeout(rule)).hasSeconds(30);
  }

  @Test
  void durationsAreWrittenAsGoDoes() {
    assertThat(HealthMonitor.words(Duration.ofMillis(500))).isEqualTo("500ms");
    assertThat(HealthMonitor.words(Duration.ofSeconds(3))).isEqualTo("3s");
    assertThat(HealthMonitor.words(Duration.ofMillis(1500))).isEqualTo("1.5s");
    assertThat(HealthMonitor.words(Duration.ofSeconds(90))).isEqualTo("1m30s");
    assertThat(HealthMonitor.words(Duration.ofMinutes(60))).isEqualTo("1h0m0s");
  }
}
