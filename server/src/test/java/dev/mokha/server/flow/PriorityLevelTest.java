package dev.mokha.server.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PriorityLevelTest {
  private static final FlowSchema SCHEMA =
      FlowSchema.of(
          Json.MAPPER.readTree(
              """
              {"metadata":{"name":"s"},"spec":{"priorityLevelConfiguration":{"name":"l"}}}
              """),
          new FlowFigures("s", "l"));

  /** A level of that many seats. */
  private static PriorityLevel level(int seats, int queues, int hand, int length) {
    PriorityLevel.Spec spec = new PriorityLevel.Spec(false, 10, 0, -1, queues, hand, length);
    PriorityLevel level = new PriorityLevel("l", spec, () -> {});
    level.configure("uid", spec, seats);
    level.limit(seats);
    return level;
  }

  private static Ticket ticket(PriorityLevel level, String flow) {
    return new Ticket(SCHEMA, level, flow);
  }

  /** Remembers what a ticket was told. */
  private static final class Ear implements Ticket.Waiter {
    final CountDownLatch seated = new CountDownLatch(1);
    volatile FlowRefusal refusal;

    @Override
    public void seated() {
      seated.countDown();
    }

    @Override
    public void refused(FlowRefusal why) {
      refusal = why;
    }

    boolean isSeated() {
      return seated.getCount() == 0;
    }
  }

  @Test
  void aRequestWaitsForASeatAndGetsItWhenOneIsGivenBack() throws Exception {
    PriorityLevel level = level(1, 8, 2, 5);
    Ticket first = ticket(level, "a");
    assertThat(first.enter(1, new Ear())).isTrue();
    Ear ear = new Ear();
    Ticket second = ticket(level, "b");
    assertThat(second.enter(1, ear)).isFalse();
    assertThat(ear.isSeated()).isFalse();
    assertThat(level.waiting()).isEqualTo(1);
    assertThat(first.leave()).isTrue();
    assertThat(ear.isSeated()).isTrue();
    assertThat(second.leave()).isTrue();
    assertThat(second.leave()).as("a second time").isFalse();
    assertThat(level.used()).isZero();
    assertThat(level.waiting()).isZero();
  }

  @Test
  void withoutQueuesARequestTooManyIsRejected() throws Exception {
    PriorityLevel level = level(1, 0, 1, 0);
    assertThat(ticket(level, "a").enter(1, new Ear())).isTrue();
    assertThatThrownBy(() -> ticket(level, "a").enter(1, new Ear()))
        .isInstanceOfSatisfying(
            FlowRefusal.class,
            e -> assertThat(e.reason()).isEqualTo(FlowRefusal.Reason.CONCURRENCY_LIMIT));
  }

  @Test
  void aFloodFillsItsOwnHandAndLeavesOthersAQueue() throws Exception {
    PriorityLevel level = level(1, 64, 6, 10);
    assertThat(ticket(level, "flood").enter(1, new Ear())).isTrue();
    int queued = 0;
    int refused = 0;
    for (int i = 0; i < 1000; i++) {
      try {
        ticket(level, "flood").enter(1, new Ear());
        queued++;
      } catch (FlowRefusal e) {
        assertThat(e.reason()).isEqualTo(FlowRefusal.Reason.QUEUE_FULL);
        refused++;
      }
    }
    assertThat(queued).as("hand times length").isEqualTo(60);
    assertThat(refused).isEqualTo(940);
    assertThat(ticket(level, "quiet").enter(1, new Ear())).as("it may wait").isFalse();
  }

  @Test
  void whoeverAsksForLittleIsServedBeforeTheRestOfAFlood() throws Exception {
    PriorityLevel level = level(1, 64, 1, 100);
    Ticket running = ticket(level, "flood");
    running.enter(1, new Ear());
    Deque<Ticket> flood = new ArrayDeque<>();
    List<Ear> floodEars = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Ear ear = new Ear();
      floodEars.add(ear);
      Ticket t = ticket(level, "flood");
      t.enter(1, ear);
      flood.add(t);
    }
    Ear quiet = new Ear();
    ticket(level, "quiet").enter(1, quiet);
    running.leave();
    for (int i = 0; i < 3 && !quiet.isSeated(); i++) {
      flood.remove().leave();
    }
    assertThat(quiet.isSeated()).isTrue();
    assertThat(floodEars.stream().filter(Ear::isSeated).count()).isLessThanOrEqualTo(3);
  }

  @Test
  void timeThatWasUsedCountsAgainstAQueue() throws Exception {
    FairQueues queues = new FairQueues(64, 1, 100);
    PriorityLevel level = level(1, 64, 1, 100);
    Ticket greedy1 = ticket(level, "greedy");
    Ticket greedy2 = ticket(level, "greedy");
    Ticket modest = ticket(level, "modest");
    queues.offer(greedy1);
    queues.offer(greedy2);
    Ticket first = queues.dispatch();
    assertThat(first).isSameAs(greedy1);
    queues.offer(modest);
    queues.ended(greedy1, TimeUnit.SECONDS.toNanos(10));
    assertThat(queues.next()).as("greedy has had ten seconds").isSameAs(modest);
  }

  @Test
  void whoeverWaitsTooLongIsRefusedAndForgotten() throws Exception {
    PriorityLevel level = level(1, 8, 2, 5);
    Ticket first = ticket(level, "a");
    first.enter(1, new Ear());
    Ear ear = new Ear();
    Ticket late = ticket(level, "b");
    late.enter(1, ear);
    late.giveUp(FlowRefusal.Reason.TIME_OUT);
    assertThat(ear.refusal.reason()).isEqualTo(FlowRefusal.Reason.TIME_OUT);
    assertThat(level.waiting()).isZero();
    first.leave();
    assertThat(ear.isSeated()).isFalse();
    assertThat(level.used()).isZero();
  }

  @Test
  void aRequestWiderThanTheLevelGoesAlone() throws Exception {
    PriorityLevel level = level(2, 8, 2, 5);
    Ticket narrow = ticket(level, "a");
    narrow.enter(1, new Ear());
    Ear ear = new Ear();
    ticket(level, "b").enter(10, ear);
    assertThat(ear.isSeated()).isFalse();
    narrow.leave();
    assertThat(ear.isSeated()).isTrue();
    assertThat(level.used()).isEqualTo(10);
  }

  @Test
  void whoeverWaitsGoesOnWaitingWhenTheQueuesChange() throws Exception {
    PriorityLevel level = level(1, 8, 2, 50);
    Ticket first = ticket(level, "a");
    first.enter(1, new Ear());
    List<Ear> ears = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Ear ear = new Ear();
      ears.add(ear);
      ticket(level, "u" + i).enter(1, ear);
    }
    level.configure("uid", new PriorityLevel.Spec(false, 10, 0, -1, 2, 1, 1), 1);
    assertThat(level.waiting()).isEqualTo(10);
    level.configure("uid", new PriorityLevel.Spec(false, 10, 0, -1, 0, 1, 1), 1);
    assertThat(level.waiting()).as("also when there are to be none").isEqualTo(10);
    level.limit(100);
    assertThat(ears).allMatch(Ear::isSeated);
  }

  @Test
  void noSeatIsLostOrGivenTwiceUnderContention() throws Exception {
    PriorityLevel level = level(3, 16, 4, 1000);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      String flow = "flow" + t;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 2000; i++) {
                        Ear ear = new Ear();
                        Ticket ticket = ticket(level, flow);
                        if (!ticket.enter(1, ear)) {
                          assertThat(ear.seated.await(20, TimeUnit.SECONDS)).isTrue();
                        }
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.yield();
                        inside.decrementAndGet();
                        ticket.leave();
                        done.incrementAndGet();
                      }
                    } catch (Exception | AssertionError e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread t : threads) {
      t.join();
    }
    assertThat(failures).isEmpty();
    assertThat(done).hasValue(8000);
    assertThat(most.get()).isLessThanOrEqualTo(3);
    assertThat(level.used()).isZero();
    assertThat(level.waiting()).isZero();
  }

  @Property(tries = 500)
  void aHandIsAlwaysTheSameAndWithoutDoubles(@ForAll long hash) {
    int[] hand = ShuffleSharding.deal(hash, 64, 6);
    assertThat(hand).hasSize(6).doesNotHaveDuplicates();
    assertThat(hand).isSorted();
    assertThat(hand[0]).isNotNegative();
    assertThat(hand[5]).isLessThan(64);
    assertThat(ShuffleSharding.deal(hash, 64, 6)).isEqualTo(hand);
  }

  @Test
  void handsAreSpreadEvenly() {
    Map<Integer, Integer> dealt = new HashMap<>();
    for (int i = 0; i < 4000; i++) {
      for (int card : ShuffleSharding.deal(ShuffleSharding.hash("s", "user-" + i), 16, 4)) {
        dealt.merge(card, 1, Integer::sum);
      }
    }
    assertThat(dealt.values()).hasSize(16).allMatch(n -> n > 800 && n < 1200);
  }
}
