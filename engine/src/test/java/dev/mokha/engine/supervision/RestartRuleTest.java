package dev.mokha.engine.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Restart;
import dev.mokha.engine.containers.Restart.Policy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a container is started again. */
class RestartRuleTest {
  private static boolean again(Policy policy, int maximum, int code, boolean stopped, int before) {
    return RestartRule.again(new Restart(policy, maximum), code, stopped, before);
  }

  @Test
  void afterAnEndThePolicyDecides() {
    assertThat(again(Policy.NO, 0, 1, false, 0)).isFalse();
    assertThat(again(Policy.ALWAYS, 0, 0, false, 99)).isTrue();
    assertThat(again(Policy.UNLESS_STOPPED, 0, 0, false, 99)).isTrue();
    assertThat(again(Policy.ON_FAILURE, 0, 0, false, 0)).isFalse();
    assertThat(again(Policy.ON_FAILURE, 0, 1, false, 99)).isTrue();
    assertThat(again(Policy.ON_FAILURE, 3, 1, false, 2)).isTrue();
    assertThat(again(Policy.ON_FAILURE, 3, 1, false, 3)).isFalse();
  }

  @Test
  void whatSomebodyStoppedStaysSo() {
    for (Policy policy : Policy.values()) {
      assertThat(again(policy, 0, 137, true, 0)).as("%s", policy).isFalse();
    }
  }

  @Test
  void whenTheDaemonComesUpOnlyAlwaysStartsWhatWasStopped() {
    var always = new Restart(Policy.ALWAYS, 0);
    var unlessStopped = new Restart(Policy.UNLESS_STOPPED, 0);
    assertThat(RestartRule.atDaemonStart(always, true, true)).isTrue();
    assertThat(RestartRule.atDaemonStart(unlessStopped, true, true)).isFalse();
    assertThat(RestartRule.atDaemonStart(unlessStopped, false, true)).isTrue();
    assertThat(RestartRule.atDaemonStart(new Restart(Policy.ON_FAILURE, 0), false, true)).isFalse();
    assertThat(RestartRule.atDaemonStart(always, false, false)).as("never started").isFalse();
  }

  @Test
  void thePauseDoublesToAMinuteAndBeginsAnewAfterASteadyRun() {
    Duration pause = RestartRule.pause(Duration.ZERO, Duration.ZERO);
    assertThat(pause).hasMillis(100);
    for (int i = 0; i < 4; i++) {
      pause = RestartRule.pause(pause, Duration.ofSeconds(1));
    }
    assertThat(pause).hasMillis(1600);
    for (int i = 0; i < 20; i++) {
      pause = RestartRule.pause(pause, Duration.ofSeconds(9));
    }
    assertThat(pause).isEqualTo(Duration.ofMinutes(1));
    assertThat(RestartRule.pause(pause, Duration.ofSeconds(10))).hasMillis(100);
  }
}
