package dev.mokha.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RevisionGateTest {
  private final RevisionGate gate = new RevisionGate();

  @Test
  void waitersThatGiveUpDoNotDisturbTheOneWhoOpens() throws Exception {
    int last = 20_000;
    AtomicInteger done = new AtomicInteger();
    List<Thread> waiters = new ArrayList<>();
    for (int w = 0; w < 8; w++) {
      waiters.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (gate.revision() < last) {
                      // Mostly in vain: the waiter takes itself out while the gate looks at it.
                      gate.await(gate.revision() + 1, Duration.ofNanos(2_000));
                    }
                    done.incrementAndGet();
                  }));
    }
    for (int r = 1; r <= last; r++) {
      gate.open(r);
    }
    for (Thread w : waiters) {
      w.join();
    }
    assertThat(done).hasValue(8);
  }

  @Test
  void opensForThoseWhoseRevisionIsReachedAndNoOthers() throws Exception {
    CompletableFuture<Void> early = CompletableFuture.runAsync(() -> gate.await(5));
    CompletableFuture<Void> late = CompletableFuture.runAsync(() -> gate.await(6));
    gate.open(5);
    early.get(10, TimeUnit.SECONDS);
    assertThat(late).isNotDone();
    gate.open(6);
    late.get(10, TimeUnit.SECONDS);
  }

  @Test
  void tellsThoseWhoWaitWhyItWillNotOpen() {
    gate.fail("the disk is gone");
    assertThatThrownBy(() -> gate.await(1))
        .isInstanceOf(StatusException.class)
        .hasMessage("the disk is gone");
  }

  @Test
  void anInterruptedWaiterParksAndKeepsItsInterrupt() throws Exception {
    CompletableFuture<Boolean> interruptedAfterwards = new CompletableFuture<>();
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  gate.await(1);
                  interruptedAfterwards.complete(Thread.currentThread().isInterrupted());
                });
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    gate.open(1);
    assertThat(interruptedAfterwards.get(10, TimeUnit.SECONDS)).isTrue();
  }
}
