package dev.mokha.docker.events;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The last events, and whoever follows them.
 *
 * <p>Each area of the API publishes what it did, after it is done; a follower gets first what it
 * asks for of the past and then each event once, in the order they were published.
 *
 * <pre>{@code
 * events.container("start", id, Map.of("name", "web", "image", "nginx"));
 * try (EventFeed feed = events.follow(new EventFilter(filters), Instant.EPOCH)) {
 *   for (Event event = feed.next(deadline); event != null; event = feed.next(deadline)) { ... }
 * }
 * }</pre>
 */
public final class EventLog {
  /** dockerd remembers as many. */
  static final int KEPT = 256;

  private final Clock clock;
  private final Deque<Event> past = new ArrayDeque<>();
  private final Set<EventFeed> feeds = ConcurrentHashMap.newKeySet();
  private Instant last = Instant.EPOCH;

  /** An empty one. */
  public EventLog() {
    this(Clock.systemUTC());
  }

  EventLog(Clock clock) {
    this.clock = clock;
  }

  /** Something happened to a container of a namespace. */
  public void container(
      String action, String id, String namespace, Map<String, String> attributes) {
    publish(Event.Type.CONTAINER, action, id, only(namespace), attributes);
  }

  /** Something happened to an image. */
  public void image(String action, String id, Map<String, String> attributes) {
    publish(Event.Type.IMAGE, action, id, Set.of(), attributes);
  }

  /**
   * Something happened to a network.
   *
   * @param namespace whose the network is, or the container that came or went; empty for
   *     everybody's
   */
  public void network(String action, String id, String namespace, Map<String, String> attributes) {
    publish(Event.Type.NETWORK, action, id, only(namespace), attributes);
  }

  /**
   * Something happened to a volume.
   *
   * @param namespaces whose it is, or the containers that have it mounted
   */
  public void volume(
      String action, String name, Set<String> namespaces, Map<String, String> attributes) {
    publish(Event.Type.VOLUME, action, name, namespaces, attributes);
  }

  private static Set<String> only(String namespace) {
    return namespace.isEmpty() ? Set.of() : Set.of(namespace);
  }

  /** A prune is done; Docker tells the bytes. */
  public void pruned(Event.Type type, long bytes) {
    publish(type, "prune", "", Set.of(), Map.of("reclaimed", Long.toString(bytes)));
  }

  /** Something happened now. Never blocks; a follower that is far behind misses it. */
  public synchronized void publish(
      Event.Type type,
      String action,
      String id,
      Set<String> namespaces,
      Map<String, String> attributes) {
    Instant now = clock.instant();
    if (!now.isAfter(last)) {
      now = last.plusNanos(1); // clients ask for what came after the last one's time
    }
    last = now;
    Event event = new Event(type, action, id, namespaces, attributes, now);
    past.addLast(event);
    if (past.size() > KEPT) {
      past.removeFirst();
    }
    feeds.forEach(feed -> feed.offer(event));
  }

  /**
   * Begins to follow.
   *
   * @param since the past from then on comes first; null for none of it
   */
  public synchronized EventFeed follow(EventFilter filter, Instant since) {
    EventFeed feed = new EventFeed(filter, feeds::remove);
    if (since != null) {
      past.stream().filter(event -> !event.at().isBefore(since)).forEach(feed::offer);
    }
    feeds.add(feed);
    return feed;
  }

  /** How many follow. */
  public int followers() {
    return feeds.size();
  }
}
