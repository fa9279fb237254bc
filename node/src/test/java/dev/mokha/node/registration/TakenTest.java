package dev.mokha.node.registration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Resources;
import org.junit.jupiter.api.Test;

class TakenTest {
  @Test
  void aQuotaIsCpuTimeOfItsPeriod() {
    assertThat(Taken.promised(new Resources(0, 150_000, 100_000, 64 << 20, 0, 0, 0, "")))
        .isEqualTo(new Taken(1500, 64 << 20));
    assertThat(Taken.promised(new Resources(0, 25_000, 0, 0, 0, 0, 0, "")))
        .isEqualTo(new Taken(250, 0));
  }

  @Test
  void noLimitsAreNoPromise() {
    assertThat(Taken.promised(Resources.NONE)).isEqualTo(Taken.NOTHING);
    assertThat(Taken.promised(new Resources(1024, -1, 100_000, 0, -1, 100, 0, "0-1")))
        .isEqualTo(Taken.NOTHING);
  }

  @Test
  void whatIsMeasuredCountsInStepsThatDoNotFollowEachBreath() {
    long mib = 1 << 20;
    assertThat(Takings.settle(0, 0)).isZero();
    assertThat(Takings.settle(0, 1)).isEqualTo(64 * mib);
    assertThat(Takings.settle(64 * mib, 65 * mib)).as("up at once").isEqualTo(128 * mib);
    assertThat(Takings.settle(128 * mib, 60 * mib)).as("down a step: not yet").isEqualTo(128 * mib);
    assertThat(Takings.settle(192 * mib, 60 * mib)).as("down two").isEqualTo(64 * mib);
    assertThat(Takings.settle(128 * mib, 0)).isZero();
  }
}
