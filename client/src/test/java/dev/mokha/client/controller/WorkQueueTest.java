package dev.mokha.client.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {
  private final WorkQueue<String> queue = WorkQueue.create("test");

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void keepsAKeyOnlyOnce() throws Exception {
    queue.add("a");
    queue.add("b");
    queue.add("a");
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.take()).isEqualTo("a");
    assertThat(queue.take()).isEqualTo("b");
  }

  @Test
  void handsAKeyAddedDuringWorkOutAgainAfterwards() throws Exception {
    queue.add("a");
    String key = queue.take();
    queue.add("a");
    assertThat(queue.size()).isZero();
    queue.done(key);
    assertThat(queue.take()).isEqualTo("a");
  }

  @Test
  void theEarliestOfSeveralDelaysCounts() throws Exception {
    queue.addAfter("a", Duration.ofHours(1));
    queue.addAfter("a", Duration.ofMillis(1));
    assertThat(queue.take()).isEqualTo("a");
  }

  @Test
  void retriesWithAGrowingPauseUntilForgotten() throws Exception {
    for (int i = 0; i < 5; i++) {
      timeOfRetry();
    }
    assertThat(timeOfRetry()).as("the sixth").isGreaterThanOrEqualTo(5 << 5);
    long quickest = Long.MAX_VALUE; // of several, since a busy machine may be late
    for (int i = 0; i < 5; i++) {
      queue.forget("a");
      quickest = Math.min(quickest, timeOfRetry());
    }
    assertThat(quickest).isLessThan(5 << 5);
  }

  private long timeOfRetry() throws Exception {
    long start = System.nanoTime();
    queue.retry("a");
    String key = queue.take();
    queue.done(key);
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  @Test
  void closingWakesThoseWhoWait() {
    CompletableFuture<String> taken = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                taken.complete(queue.take());
              } catch (InterruptedException e) {
                taken.completeExceptionally(e);
              }
            });
    queue.close();
    assertThatThrownBy(() -> taken.get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
  }
}
