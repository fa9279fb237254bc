package dev.mokha.node.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ProbeBuilder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeStateTest {
  private static final CheckResult GOOD = CheckResult.ok("");
  private static final CheckResult BAD = CheckResult.failed("");

  @Test
  void turnsOverAfterAsManyInARow() {
    ProbeState state =
        new ProbeState(
            new ProbeBuilder().withSuccessThreshold(2).withFailureThreshold(3).build(), false);
    assertThat(state.take(GOOD)).isFalse();
    assertThat(state.take(BAD)).isFalse();
    assertThat(state.take(GOOD)).isFalse();
    assertThat(state.take(GOOD)).isTrue();
    assertThat(state.good()).isTrue();
    assertThat(state.take(BAD)).isFalse();
    assertThat(state.take(BAD)).isFalse();
    assertThat(state.take(BAD)).isTrue();
    assertThat(state.good()).isFalse();
  }

  @Test
  void asksAgainSoonWhileNobodyListensYet() {
    ProbeState state = new ProbeState(new ProbeBuilder().withPeriodSeconds(10).build(), false);
    CheckResult refused = new CheckResult(false, "", true);
    assertThat(state.next(refused, true)).isEqualTo(Duration.ofMillis(100));
    assertThat(state.next(refused, true)).isEqualTo(Duration.ofMillis(200));
    assertThat(state.next(BAD, true)).isEqualTo(Duration.ofSeconds(10));
    assertThat(state.next(refused, false)).isEqualTo(Duration.ofSeconds(10));
  }
}
