package dev.mokha.server.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The queues of one priority level and whose turn it is. Used under the level's lock.
 *
 * <p>Start-time fair queueing (Goyal, Vin, Cheng 1996): each queue has a start tag that grows by
 * the seat time its requests took; the smallest goes next, and a queue that was empty begins at the
 * tag served last, so that idleness earns no credit. A request's time is not known when it starts:
 * a guess is charged then and put right when it ends.
 */
final class FairQueues {
  /** What a request is taken to need until it has ended. */
  private static final long GUESS_NANOS = 3_000_000;

  /** One queue. */
  static final class Queue {
    final int index;
    final ArrayDeque<Ticket> waiting = new ArrayDeque<>(2);
    int waitingSeats;
    int executing;
    long tag;

    Queue(int index) {
      this.index = index;
    }
  }

  private final Queue[] queues;
  private final int handSize;
  private final int lengthLimit;
  private final PriorityQueue<Queue> active =
      new PriorityQueue<>(Comparator.<Queue>comparingLong(q -> q.tag).thenComparing(q -> q.index));
  private long served;

  /**
   * Empty queues.
   *
   * @param number how many
   * @param handSize how many each flow may use
   * @param lengthLimit how many requests may wait in one
   */
  FairQueues(int number, int handSize, int lengthLimit) {
    this.queues = new Queue[number];
    this.handSize = handSize;
    this.lengthLimit = lengthLimit;
  }

  boolean isShaped(int number, int hand, int length) {
    return queues.length == number && handSize == hand && lengthLimit == length;
  }

  /** Puts the request into the shortest queue of its flow's hand; false when that is full. */
  boolean offer(Ticket ticket) {
    return offer(ticket, lengthLimit);
  }

  /** As {@link #offer}, without a limit: for requests that waited before the queues changed. */
  void take(Ticket ticket) {
    offer(ticket, Integer.MAX_VALUE);
  }

  private boolean offer(Ticket ticket, int limit) {
    long hash = ShuffleSharding.hash(ticket.schema().name(), ticket.distinguisher());
    Queue shortest = null;
    for (int card : ShuffleSharding.deal(hash, queues.length, handSize)) {
      Queue q = queues[card];
      if (q == null) {
        q = new Queue(card);
        queues[card] = q;
      }
      if (shortest == null || work(q) < work(shortest)) {
        shortest = q;
      }
    }
    if (shortest.waiting.size() >= limit) {
      return false;
    }
    if (shortest.waiting.isEmpty()) {
      shortest.tag = Math.max(shortest.tag, served);
      active.add(shortest);
    }
    shortest.waiting.add(ticket);
    shortest.waitingSeats += ticket.seats();
    ticket.waitsIn(shortest);
    return true;
  }

  private static long work(Queue q) {
    return ((long) q.waitingSeats << 20) + q.executing;
  }

  /** The request whose turn it is; null when none waits. It stays until {@link #dispatch}. */
  Ticket next() {
    Queue q = active.peek();
    return q == null ? null : q.waiting.peek();
  }

  /** Takes the request that {@link #next} gave. */
  Ticket dispatch() {
    Queue q = active.remove();
    Ticket ticket = q.waiting.remove();
    q.waitingSeats -= ticket.seats();
    q.executing++;
    served = q.tag;
    q.tag += GUESS_NANOS * ticket.seats();
    if (!q.waiting.isEmpty()) {
      active.add(q);
    }
    return ticket;
  }

  /** False for a queue of an earlier configuration. */
  private boolean isCurrent(Queue q) {
    return q.index < queues.length && queues[q.index] == q;
  }

  /** Charges what a dispatched request took beyond the guess. */
  void ended(Ticket ticket, long nanos) {
    Queue q = ticket.queue();
    if (!isCurrent(q)) {
      return;
    }
    q.executing--;
    boolean waits = !q.waiting.isEmpty() && active.remove(q);
    q.tag += (nanos - GUESS_NANOS) * ticket.seats();
    if (waits) {
      active.add(q);
    } else if (q.executing == 0 && q.waiting.isEmpty()) {
      // Its memory of past work matters no longer once others have caught up; see offer().
      queues[q.index] = q.tag <= served ? null : q;
    }
  }

  /** Takes out a request that waits no longer; false when it was dispatched meanwhile. */
  boolean remove(Ticket ticket) {
    Queue q = ticket.queue();
    if (!isCurrent(q) || !q.waiting.remove(ticket)) {
      return false;
    }
    q.waitingSeats -= ticket.seats();
    if (q.waiting.isEmpty()) {
      active.remove(q);
    }
    return true;
  }

  /** All that wait, the oldest first. */
  List<Ticket> all() {
    List<Ticket> all = new ArrayList<>();
    for (Iterator<Queue> i = active.iterator(); i.hasNext(); ) {
      all.addAll(i.next().waiting);
    }
    all.sort(Comparator.comparingLong(Ticket::arrived));
    return all;
  }

  /** The queues that have requests. */
  int activeQueues() {
    return active.size();
  }

  /** All queues that were ever used and are remembered, nulls for the others. */
  Queue[] queues() {
    return queues.clone();
  }
}
