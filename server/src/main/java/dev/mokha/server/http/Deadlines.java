package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers requests that take too long, be it that their body does not come or that the work does
 * not end. Only requests that leave the event loop are told of here; one look a second at those
 * costs less than a timer for each.
 *
 * <p>Used on its event loop only.
 */
final class Deadlines {
  /** What a request gets that does not ask for less. */
  static final Duration MOST = Duration.ofSeconds(60);

  private static final long LOOK_MILLIS = 500;

  private record Entry(HttpServerRequest request, Accept accept, long at, Runnable whenLate) {}

  private final Context context;
  private List<Entry> entries = new ArrayList<>();
  private long timer = -1;

  Deadlines(Context context) {
    this.context = context;
  }

  /**
   * Watches over a request until it is answered.
   *
   * @param whenLate called when it has been answered here
   */
  void add(HttpServerRequest request, Accept accept, Duration limit, Runnable whenLate) {
    entries.add(new Entry(request, accept, System.nanoTime() + limit.toNanos(), whenLate));
    if (timer < 0) {
      timer = context.owner().setPeriodic(LOOK_MILLIS, t -> look(System.nanoTime()));
    }
  }

  private void look(long now) {
    List<Entry> open = new ArrayList<>();
    List<Entry> late = new ArrayList<>();
    for (Entry e : entries) {
      if (e.request.response().ended() || e.request.response().closed()) {
        continue;
      }
      (now - e.at >= 0 ? late : open).add(e);
    }
    entries = open;
    if (open.isEmpty()) {
      context.owner().cancelTimer(timer);
      timer = -1;
    }
    late.forEach(Deadlines::answer);
  }

  private static void answer(Entry e) {
    if (!e.request.response().headWritten()) {
      // Nobody knows where the next request would begin.
      boolean last = e.request.version() != HttpVersion.HTTP_2 && !e.request.isEnded();
      if (last) {
        e.request.response().putHeader("Connection", "close");
      }
      Replies.send(e.request, Replies.of(tooLate(), e.accept));
      if (last) {
        e.request.connection().close();
      }
    }
    e.whenLate.run();
  }

  private static StatusException tooLate() {
    return new StatusException(
        StatusReason.TIMEOUT,
        "Timeout: request did not complete within the allotted timeout",
        StatusException.Details.NONE);
  }
}
