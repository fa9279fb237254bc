package dev.mokha.docker.events;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One follower's events. */
public final class EventFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
  private static final int ROOM = 4096;
  private static final Duration FOREVER = Duration.ofDays(36500);

  private final EventFilter filter;
  private final Consumer<EventFeed> onClose;
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>(ROOM);

  /** An event, or the end of the feed. */
  private sealed interface Entry {
    record Of(Event event) implements Entry {}

    record End() implements Entry {}
  }

  EventFeed(EventFilter filter, Consumer<EventFeed> onClose) {
    this.filter = filter;
    this.onClose = onClose;
  }

  void offer(Event event) {
    if (filter.admits(event) && !queue.offer(new Entry.Of(event))) {
      LOG.warn("A client that follows events does not read them; it misses one");
    }
  }

  /** The next event that is here already; null when there is none. */
  public Event poll() {
    return queue.poll() instanceof Entry.Of(Event event) ? event : null;
  }

  /** Waits for the next event; null at the deadline, or when the feed was ended. */
  public Event next(Instant until) throws InterruptedException {
    Instant now = Instant.now();
    Instant deadline = until;
    if (deadline.isAfter(now.plus(FOREVER))) {
      deadline = now.plus(FOREVER);
    }
    Duration left = Duration.between(now, deadline);
    Entry entry = queue.poll(Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
    return entry instanceof Entry.Of(Event event) ? event : null;
  }

  /** Lets whoever waits go. */
  public void end() {
    queue.clear();
    queue.offer(new Entry.End());
  }

  /** Follows no more. */
  @Override
  public void close() {
    onClose.accept(this);
  }
}
