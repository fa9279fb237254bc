package dev.mokha.server.http;

import dev.mokha.server.storage.ResourceCache;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All watches whose connections one event loop serves. A change wakes the loop once for all its
 * watchers of a resource; they then pull what is new, several changes in one write when there are
 * several.
 *
 * <p>Used on its event loop only; just the wakers are called from elsewhere.
 */
final class WatchLoop {
  private static final Logger log = LoggerFactory.getLogger(WatchLoop.class);
  private static final long TICK_MILLIS = 5_000;

  private final Context context;
  private final Map<ResourceCache, Group> groups = new HashMap<>();
  private long timer = -1;

  WatchLoop(Context context) {
    this.context = context;
  }

  private final class Group implements Runnable {
    final ResourceCache resource;
    final AtomicBoolean scheduled = new AtomicBoolean();
    final List<WatchStream> streams = new ArrayList<>();

    Group(ResourceCache resource) {
      this.resource = resource;
    }

    @Override
    public void run() {
      if (scheduled.compareAndSet(false, true)) {
        context.runOnContext(v -> pump());
      }
    }

    void pump() {
      scheduled.set(false);
      // A stream that ends takes itself out of the list.
      List.copyOf(streams).forEach(WatchLoop.this::pump);
    }
  }

  /** What is wrong with one connection must not keep the others from their events. */
  private void pump(WatchStream stream) {
    try {
      stream.pump();
    } catch (RuntimeException e) {
      log.debug("a watch ends: {}", e.getMessage(), e);
      stream.stop();
    }
  }

  void add(WatchStream stream) {
    Group group =
        groups.computeIfAbsent(
            stream.resource(),
            r -> {
              Group g = new Group(r);
              r.addWaker(g);
              return g;
            });
    group.streams.add(stream);
    if (timer < 0) {
      timer = context.owner().setPeriodic(TICK_MILLIS, t -> tick());
    }
    long left = stream.deadline() - System.nanoTime();
    if (left < TICK_MILLIS * 2_000_000) {
      // Too soon for the tick to meet it well.
      context
          .owner()
          .setTimer(Math.max(0, left / 1_000_000) + 1, t -> stream.tick(System.nanoTime()));
    }
    pump(stream);
  }

  void remove(WatchStream stream) {
    Group group = groups.get(stream.resource());
    if (group == null || !group.streams.remove(stream) || !group.streams.isEmpty()) {
      return;
    }
    group.resource.removeWaker(group);
    groups.remove(stream.resource());
    if (groups.isEmpty() && timer >= 0) {
      context.owner().cancelTimer(timer);
      timer = -1;
    }
  }

  /** Runs something on the loop; from any thread. */
  void run(Runnable action) {
    context.runOnContext(v -> action.run());
  }

  /** Runs something on the loop after a while; on the loop. */
  void later(long millis, Runnable action) {
    context.owner().setTimer(millis, t -> action.run());
  }

  private void tick() {
    long now = System.nanoTime();
    for (Group g : List.copyOf(groups.values())) {
      for (WatchStream s : List.copyOf(g.streams)) {
        try {
          s.tick(now);
        } catch (RuntimeException e) {
          log.debug("a watch ends: {}", e.getMessage(), e);
          s.stop();
        }
      }
    }
  }

  /** Ends all watches, since the server stops; from any thread. */
  void endSoon() {
    context.runOnContext(v -> end());
  }

  private void end() {
    for (Group g : List.copyOf(groups.values())) {
      for (WatchStream s : List.copyOf(g.streams)) {
        s.end();
      }
    }
  }
}
