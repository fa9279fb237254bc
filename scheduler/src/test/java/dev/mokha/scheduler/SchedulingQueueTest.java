package dev.mokha.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.scheduler.SchedulingQueue.Waiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SchedulingQueueTest {
  private final SchedulingQueue queue = new SchedulingQueue();

  private static Pod pod(String name, int priority) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withUid(name)
        .endMetadata()
        .withNewSpec()
        .withPriority(priority)
        .endSpec()
        .build();
  }

  private String next() throws InterruptedException {
    return queue.take().pod().getMetadata().getName();
  }

  @Test
  void higherPriorityFirstThenTheLongestWaiting() throws Exception {
    queue.add(pod("a", 0));
    queue.add(pod("b", 0));
    queue.add(pod("c", 10));
    assertThat(next()).isEqualTo("c");
    assertThat(next()).isEqualTo("a");
    assertThat(next()).isEqualTo("b");
  }

  @Test
  void aParkedPodComesBackAfterAWakeAndItsBackOff() throws Exception {
    queue.add(pod("a", 0));
    Waiting a = queue.take();
    long began = System.nanoTime();
    queue.park(a);
    queue.wake();
    assertThat(next()).isEqualTo("a");
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
  }

  @Test
  void aWakeDuringTheDecisionIsNotLost() throws Exception {
    queue.add(pod("a", 0));
    Waiting a = queue.take();
    queue.wake();
    queue.park(a);
    assertThat(next()).isEqualTo("a");
  }

  @Test
  void aRemovedPodIsNotHandedOut() throws Exception {
    queue.add(pod("a", 5));
    queue.remove("a");
    queue.add(pod("b", 0));
    assertThat(next()).isEqualTo("b");
  }

  @Test
  void closingWakesTheOneWhoWaits() throws Exception {
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            queue.take();
          } catch (InterruptedException e) {
            ended.complete(true);
          }
        });
    queue.close();
    assertThat(ended.get(5, TimeUnit.SECONDS)).isTrue();
  }
}
