package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

/**
 * A request is turned away: 429, with {@code Retry-After}. Carries no stack trace, since in a flood
 * there are very many.
 */
public final class FlowRefusal extends Exception {
  private static final long serialVersionUID = 1;

  /** What upstream's answer says. */
  public static final String TEXT = "Too many requests, please try again later.";

  /** Seconds after which the client may try again. */
  public static final int RETRY_AFTER_SECONDS = 1;

  /** Why, as {@code apiserver_flowcontrol_rejected_requests_total} names it. */
  public enum Reason {
    /** The request's queue is full. */
    QUEUE_FULL("queue-full"),
    /** All seats are taken and the level has no queues. */
    CONCURRENCY_LIMIT("concurrency-limit"),
    /** It waited too long. */
    TIME_OUT("time-out"),
    /** Its client went away. */
    CANCELLED("cancelled");

    private final String label;

    Reason(String label) {
      this.label = label;
    }

    /** The label in metrics. */
    public String label() {
      return label;
    }
  }

  private final Reason reason;

  FlowRefusal(Reason reason) {
    super(TEXT, null, false, false);
    this.reason = requireNonNull(reason);
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
