package dev.mokha.docker.events;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.JsonLines;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/** {@code GET /events}: what happened, and what happens from now on. */
public final class EventRoutes {
  private static final int BAD_TIME = 500; // dockerd's status for it

  private final EventLog log;
  private final BiPredicate<Request, Event> visible;

  /**
   * Over a log.
   *
   * @param visible whether a caller may see an event
   */
  public EventRoutes(EventLog log, BiPredicate<Request, Event> visible) {
    this.log = log;
    this.visible = visible;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(Route.get("/events", this::events).as("list", "system"));
  }

  private void events(Request request, Response response) throws IOException, InterruptedException {
    Optional<Instant> since = UnixTime.parse(request.query("since"), BAD_TIME);
    Optional<Instant> until = UnixTime.parse(request.query("until"), BAD_TIME);
    if (since.isPresent() && until.isPresent() && since.get().isAfter(until.get())) {
      throw DockerException.invalid(
          "`since` time ("
              + request.query("since")
              + ") cannot be after `until` time ("
              + request.query("until")
              + ")");
    }
    EventFilter filter = new EventFilter(request.filters());
    Instant from = since.orElse(until.isPresent() ? Instant.MIN : null);
    try (EventFeed feed = log.follow(filter, from);
        JsonLines lines = response.lines()) {
      request.gone().thenRun(feed::end);
      lines.begin();
      Instant end = until.orElse(Instant.MAX);
      while (true) {
        Event event = feed.poll();
        if (event == null) {
          event = feed.next(end);
        }
        if (event == null || event.at().isAfter(end)) {
          return;
        }
        if (visible.test(request, event)) {
          lines.send(event.toJson());
        }
      }
    }
  }
}
