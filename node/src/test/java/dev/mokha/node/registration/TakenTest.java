package dev.mokha.node.registration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.containers.Resources;
import org.junit.jupiter.api.Test;

class TakenTest {
  @Test
  void aQuotaIsCpuTimeOfItsPeriod() {
    assertThat(Taken.of(new Resources(0, 150_000, 100_000, 64 << 20, 0, 0, 0, "")))
        .isEqualTo(new Taken(1500, 64 << 20));
    assertThat(Taken.of(new Resources(0, 25_000, 0, 0, 0, 0, 0, ""))).isEqualTo(new Taken(250, 0));
  }

  @Test
  void noLimitsAreNoPromise() {
    assertThat(Taken.of(Resources.NONE)).isEqualTo(Taken.NOTHING);
    assertThat(Taken.of(new Resources(1024, -1, 100_000, 0, -1, 100, 0, "0-1")))
        .isEqualTo(Taken.NOTHING);
  }
}
