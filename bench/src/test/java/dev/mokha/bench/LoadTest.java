package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoadTest {
  @Test
  void doesEachOnceAndNeverMoreAtATimeThanAsked() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Load.Result result =
        Load.run(
            200,
            4,
            i -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              Thread.yield();
              assertThat(done.add(i)).isTrue();
              now.decrementAndGet();
            });
    assertThat(done).hasSize(200).contains(1, 200);
    assertThat(most.get()).isBetween(1, 4);
    assertThat(result.nanos()).hasSize(200).doesNotContain(0);
    assertThat(result.perSecond()).isPositive();
    assertThat(result.requireNoFailure()).isSameAs(result);
  }

  @Test
  void tellsTheFirstFailure() {
    Load.Result result =
        Load.run(
            5,
            1,
            i -> {
              if (i >= 4) {
                throw new BenchException("no " + i);
              }
            });
    assertThat(result.failures()).isEqualTo(2);
    assertThatThrownBy(result::requireNoFailure)
        .isInstanceOf(BenchException.class)
        .hasMessage("2 of 5 requests failed; the first one: no 4");
  }
}
