package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.flow.FlowRefusal.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/**
 * One priority level: its seats, and the requests that hold or await them.
 *
 * <p>While nobody waits, taking and giving back a seat is one compare-and-set each. The lock is
 * entered only when a request must wait or one that waits can go on. A request that begins to wait
 * looks for a free seat once more after it is counted as waiting, and one that leaves looks for
 * waiting ones after it gave its seats back: so none is forgotten.
 *
 * <p>A request wider than the whole limit may go when it is alone, lest it wait for ever.
 */
final class PriorityLevel {
  private static final int DEFAULT_SHARES = 30;
  private static final int DEFAULT_QUEUES = 64;
  private static final int DEFAULT_HAND = 8;
  private static final int DEFAULT_LENGTH = 50;

  /**
   * A level's specification.
   *
   * @param borrowingPercent negative for no limit
   * @param queues 0 to reject at once
   */
  record Spec(
      boolean exempt,
      int shares,
      int lendablePercent,
      int borrowingPercent,
      int queues,
      int handSize,
      int queueLength) {

    /** Reads {@code spec} of a PriorityLevelConfiguration of v1. */
    static Spec of(JsonNode spec) {
      if (spec.path("type").asString("").equals("Exempt")) {
        JsonNode exempt = spec.path("exempt");
        return new Spec(
            true,
            exempt.path("nominalConcurrencyShares").asInt(0),
            exempt.path("lendablePercent").asInt(0),
            -1,
            0,
            0,
            0);
      }
      JsonNode limited = spec.path("limited");
      JsonNode response = limited.path("limitResponse");
      JsonNode queuing = response.path("queuing");
      boolean queues = response.path("type").asString("").equals("Queue");
      return new Spec(
          false,
          limited.path("nominalConcurrencyShares").asInt(DEFAULT_SHARES),
          limited.path("lendablePercent").asInt(0),
          limited.path("borrowingLimitPercent").asInt(-1),
          queues ? Math.max(1, queuing.path("queues").asInt(DEFAULT_QUEUES)) : 0,
          Math.max(1, queuing.path("handSize").asInt(DEFAULT_HAND)),
          queuing.path("queueLengthLimit").asInt(DEFAULT_LENGTH));
    }
  }

  private final String name;
  private final Runnable pressed;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicInteger used = new AtomicInteger();
  private final AtomicInteger highest = new AtomicInteger();
  private final LongAdder timedOut = new LongAdder();
  private volatile String uid = "";
  private volatile Spec spec;
  private volatile int limit;
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile int nominal;
  private int waitingSeats;
  private FairQueues queues;

  /**
   * A level without seats.
   *
   * @param pressed called when its seats are all taken, so that more may be borrowed
   */
  PriorityLevel(String name, Spec spec, Runnable pressed) {
    this.name = requireNonNull(name, "name");
    this.pressed = requireNonNull(pressed, "pressed");
    this.spec = requireNonNull(spec, "spec");
    this.queues = queuesOf(spec);
  }

  private static FairQueues queuesOf(Spec spec) {
    return spec.queues == 0 ? null : new FairQueues(spec.queues, spec.handSize, spec.queueLength);
  }

  String name() {
    return name;
  }

  String uid() {
    return uid;
  }

  Spec spec() {
    return spec;
  }

  int limit() {
    return limit;
  }

  int nominal() {
    return nominal;
  }

  int used() {
    return used.get();
  }

  int waiting() {
    return waiting.get();
  }

  /**
   * Changes its specification; requests that wait go on waiting, in new queues if those changed.
   */
  void configure(String newUid, Spec next, int newNominal) {
    List<Ticket> released = List.of();
    lock.lock();
    try {
      uid = newUid;
      nominal = newNominal;
      spec = next;
      boolean same =
          queues == null
              ? next.queues == 0
              : queues.isShaped(next.queues, next.handSize, next.queueLength);
      if (!same) {
        List<Ticket> before = queues == null ? List.of() : queues.all();
        queues = queuesOf(next);
        if (queues == null && !before.isEmpty()) {
          // Whoever waits already is not turned away; one queue holds them until they are through.
          queues = new FairQueues(1, 1, 0);
        }
        before.forEach(queues == null ? t -> {} : queues::take);
      }
      released = dispatch();
    } finally {
      lock.unlock();
    }
    released.forEach(Ticket::seatedLater);
  }

  /** Sets how many seats it has now. */
  void limit(int seats) {
    limit = seats;
    if (waiting.get() > 0) {
      serve();
    }
  }

  boolean enter(Ticket ticket) throws FlowRefusal {
    int seats = ticket.seats();
    if (spec.exempt || (waiting.get() == 0 && take(seats))) {
      if (spec.exempt) {
        note(used.addAndGet(seats));
      }
      ticket.seatedAtOnce();
      return true;
    }
    note(used.get() + waitingSeats + seats);
    pressed.run();
    if (waiting.get() == 0 && take(seats)) {
      ticket.seatedAtOnce();
      return true;
    }
    List<Ticket> released;
    lock.lock();
    try {
      if (queues == null) {
        throw ticket.refuse(Reason.CONCURRENCY_LIMIT);
      }
      if (!queues.offer(ticket)) {
        throw ticket.refuse(Reason.QUEUE_FULL);
      }
      waitingSeats += seats;
      ticket.schema().figures().queued(1);
      waiting.incrementAndGet();
      note(used.get() + waitingSeats);
      released = dispatch();
    } finally {
      lock.unlock();
    }
    released.forEach(Ticket::seatedLater);
    return false;
  }

  private boolean take(int seats) {
    int most = limit;
    while (true) {
      int now = used.get();
      if (now != 0 && now + seats > most) {
        return false;
      }
      if (used.compareAndSet(now, now + seats)) {
        note(now + seats);
        return true;
      }
    }
  }

  /** Remembers the highest need; a lost race only makes it a little too low. */
  private void note(int need) {
    if (need > highest.get()) {
      highest.set(need);
    }
  }

  /** The highest need since the last call, in seats. */
  int needSinceLastAsked() {
    return highest.getAndSet(used.get() + waiting.get());
  }

  void leave(Ticket ticket) {
    long nanos = System.nanoTime() - ticket.started();
    ticket.schema().figures().left(ticket.seats(), nanos);
    used.addAndGet(-ticket.seats());
    if (ticket.queue() != null) {
      lock.lock();
      try {
        if (queues != null) {
          queues.ended(ticket, nanos);
        }
      } finally {
        lock.unlock();
      }
    }
    if (waiting.get() > 0) {
      serve();
    }
  }

  private void serve() {
    List<Ticket> released;
    lock.lock();
    try {
      released = dispatch();
    } finally {
      lock.unlock();
    }
    released.forEach(Ticket::seatedLater);
  }

  /** Seats as many as there are seats for; under the lock. */
  private List<Ticket> dispatch() {
    if (waiting.get() == 0) {
      return List.of();
    }
    List<Ticket> released = new ArrayList<>(2);
    for (Ticket next = queues.next();
        next != null && (spec.exempt || take(next.seats()));
        next = queues.next()) {
      queues.dispatch();
      forget(next);
      released.add(next);
    }
    return released;
  }

  private void forget(Ticket ticket) {
    waiting.decrementAndGet();
    waitingSeats -= ticket.seats();
    ticket.schema().figures().queued(-1);
  }

  /** Takes a waiting request out; false when it is seated meanwhile. */
  boolean remove(Ticket ticket) {
    lock.lock();
    try {
      if (queues == null || !queues.remove(ticket)) {
        return false;
      }
      forget(ticket);
      timedOut.increment();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** How many gave up waiting. */
  long timedOut() {
    return timedOut.sum();
  }

  /** How many queues have requests. */
  int activeQueues() {
    lock.lock();
    try {
      return queues == null ? 0 : queues.activeQueues();
    } finally {
      lock.unlock();
    }
  }

  /** What waits now, the oldest first. */
  List<Ticket> waitingTickets() {
    lock.lock();
    try {
      return queues == null ? List.of() : queues.all();
    } finally {
      lock.unlock();
    }
  }
}
