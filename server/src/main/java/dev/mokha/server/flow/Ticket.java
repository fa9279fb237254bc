package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicReference;

/**
 * One request's way through its priority level: it enters, is seated at once or later, and leaves.
 *
 * <pre>{@code
 * Ticket ticket = flow.classify(user, verb, target);
 * if (ticket.enter(1, waiter)) {
 *   try { answer(); } finally { ticket.leave(); }
 * }                       // else waiter.seated() or waiter.refused() is called later
 * }</pre>
 */
public final class Ticket {
  /** Where it is. */
  private enum State {
    NEW,
    WAITING,
    SEATED,
    DONE
  }

  /** Hears what becomes of a request that has to wait; called on any thread, must not block. */
  public interface Waiter {
    /** There is a seat now; the ticket must be left like any other. */
    void seated();

    /** There will be none; the ticket is done. */
    void refused(FlowRefusal why);
  }

  private final FlowSchema schema;
  private final PriorityLevel level;
  private final String distinguisher;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private Waiter waiter;
  private int seats = 1;
  private long arrived;
  private long started;
  private FairQueues.Queue queue;

  Ticket(FlowSchema schema, PriorityLevel level, String distinguisher) {
    this.schema = requireNonNull(schema, "schema");
    this.level = requireNonNull(level, "level");
    this.distinguisher = requireNonNull(distinguisher, "distinguisher");
  }

  /** The UID of the FlowSchema that matched; empty for one that is not stored. */
  public String schemaUid() {
    return schema.uid();
  }

  /** The UID of the priority level; empty for one that is not stored. */
  public String levelUid() {
    return level.uid();
  }

  /** The name of the FlowSchema that matched. */
  public String schemaName() {
    return schema.name();
  }

  /** The name of the priority level. */
  public String levelName() {
    return level.name();
  }

  /**
   * Asks for seats.
   *
   * @param seats how many the request takes, from 1
   * @param waiter who hears of it when there are none yet
   * @return true when the request may go on at once; false when it waits
   * @throws FlowRefusal when it may not even wait
   */
  public boolean enter(int seats, Waiter waiter) throws FlowRefusal {
    this.seats = seats;
    this.waiter = waiter;
    arrived = System.nanoTime();
    schema.figures().estimated(seats);
    return level.enter(this);
  }

  /** Gives the seats back; false, without effect, when it has none (any more). */
  public boolean leave() {
    if (state.compareAndSet(State.SEATED, State.DONE)) {
      level.leave(this);
      return true;
    }
    return false;
  }

  /** Takes a waiting request out of its queue, since it waited too long or its client has gone. */
  public void giveUp(FlowRefusal.Reason why) {
    if (state.get() == State.WAITING && level.remove(this) && state.get() == State.WAITING) {
      state.set(State.DONE);
      schema.figures().rejected(why);
      schema.figures().waited(System.nanoTime() - arrived, false);
      waiter.refused(new FlowRefusal(why));
    }
  }

  /** Turned away at the door. */
  FlowRefusal refuse(FlowRefusal.Reason why) {
    state.set(State.DONE);
    schema.figures().rejected(why);
    return new FlowRefusal(why);
  }

  void waitsIn(FairQueues.Queue queue) {
    this.queue = queue;
    state.set(State.WAITING);
  }

  void seatedAtOnce() {
    started = arrived;
    schema.figures().dispatched(seats);
    state.set(State.SEATED);
  }

  /** Called outside the level's lock, once, after the ticket was taken from its queue. */
  void seatedLater() {
    started = System.nanoTime();
    schema.figures().dispatched(seats);
    schema.figures().waited(started - arrived, true);
    state.set(State.SEATED);
    waiter.seated();
  }

  FlowSchema schema() {
    return schema;
  }

  String distinguisher() {
    return distinguisher;
  }

  FairQueues.Queue queue() {
    return queue;
  }

  int seats() {
    return seats;
  }

  long arrived() {
    return arrived;
  }

  long started() {
    return started;
  }
}
