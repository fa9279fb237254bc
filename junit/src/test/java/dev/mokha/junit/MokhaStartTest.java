package dev.mokha.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How long a start takes; the limits are generous, the figures are in docs/testing.md. */
class MokhaStartTest {
  private static final Logger log = LoggerFactory.getLogger(MokhaStartTest.class);
  private static final int STARTS = 10;

  @Test
  void startsAreQuick() {
    List<Duration> starts = new ArrayList<>();
    List<Duration> ends = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      long begin = System.nanoTime();
      try (Mokha mokha = Mokha.start()) {
        starts.add(Duration.ofNanos(System.nanoTime() - begin));
        assertThat(mokha.url().getPort()).isPositive();
        begin = System.nanoTime();
      }
      ends.add(Duration.ofNanos(System.nanoTime() - begin));
    }
    List<Duration> later = starts.subList(1, STARTS);
    log.info(
        "first start {} ms, later {} ms; closing {} ms",
        starts.getFirst().toMillis(),
        later.stream().map(Duration::toMillis).toList(),
        ends.stream().map(Duration::toMillis).toList());
    // Class loading and the compiler: ten times as long as a quiet machine takes still passes.
    assertThat(starts.getFirst()).isLessThan(Duration.ofSeconds(45));
    assertThat(Collections.min(later)).isLessThan(Duration.ofSeconds(1));
  }
}
