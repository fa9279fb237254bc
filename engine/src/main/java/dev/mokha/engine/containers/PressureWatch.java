package dev.mokha.engine.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.runtime.MemoryEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of containers that come up against their limits: the kernel killed for memory, or held one
 * back that had used up its CPU quota.
 *
 * <p>For memory the kernel has an event ({@link MemoryEvents}); the count of kills is read then,
 * and a few times after, for it may follow the event. For throttling there is none: the counts of
 * those that have a quota are read each second. At the end of a run it looks once more, at all of
 * them.
 */
final class PressureWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PressureWatch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** One that is held back in every period is told of that once in this time. */
  private static final Duration REPEAT = Duration.ofMinutes(1);

  /** When the count of kills is read after an event, until it has grown. */
  private static final List<Duration> LOOKS =
      List.of(Duration.ZERO, Duration.ofMillis(20), Duration.ofMillis(200));

  private final Supplier<List<ManagedContainer>> containers;
  private final MemoryEvents memory;
  private final Consumer<ContainerEvent> told;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  private final Map<String, Watched> watched = new HashMap<>();
  private final DelayQueue<Look> due = new DelayQueue<>();
  private final Thread thread;
  private boolean closed;

  /** What was told of a run. */
  private record Seen(Instant run, long kills, long periods, long nanos, Instant throttleTold) {}

  /** A run that the kernel tells of. */
  private record Watched(Instant run, MemoryEvents.Watch watch) {}

  /**
   * Something to look at.
   *
   * @param turn which of {@link #LOOKS}; -1 for a run that has begun and is to be watched
   * @param at by {@link System#nanoTime}
   */
  private record Look(ManagedContainer container, int turn, long at) implements Delayed {
    static Look at(ManagedContainer container, int turn) {
      return new Look(container, turn, System.nanoTime() + LOOKS.get(turn).toNanos());
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  PressureWatch(
      Supplier<List<ManagedContainer>> containers,
      MemoryEvents memory,
      Consumer<ContainerEvent> told) {
    this.containers = requireNonNull(containers);
    this.memory = requireNonNull(memory);
    this.told = requireNonNull(told);
    this.thread = Thread.ofVirtual().name("container-pressure").start(this::run);
  }

  private void run() {
    try {
      long nextRound = System.nanoTime() + INTERVAL.toNanos();
      while (true) {
        long wait = nextRound - System.nanoTime();
        Look look = wait <= 0 ? null : due.poll(wait, TimeUnit.NANOSECONDS);
        if (look == null) {
          round();
          nextRound = System.nanoTime() + INTERVAL.toNanos();
        } else if (look.turn() < 0) {
          watch(look.container());
        } else if (!look(look.container()) && look.turn() + 1 < LOOKS.size()) {
          due.add(Look.at(look.container(), look.turn() + 1));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("Limits that containers come up against are no longer told", e);
    }
  }

  private void round() {
    List<ManagedContainer> all = containers.get();
    for (ManagedContainer container : all) {
      if (container.state().status() != Container.Status.RUNNING) {
        continue;
      }
      Resources limits = container.spec().resources();
      boolean events = limits.memoryBytes() > 0 && watch(container);
      if (limits.cpuQuotaMicros() > 0 || limits.memoryBytes() > 0 && !events) {
        look(container);
      }
    }
    Set<String> ids = all.stream().map(ManagedContainer::id).collect(Collectors.toSet());
    seen.keySet().retainAll(ids);
  }

  /** A container has another state; called under its lock. */
  void changed(ManagedContainer container) {
    switch (container.state().status()) {
      case RUNNING -> {
        if (container.spec().resources().memoryBytes() > 0) {
          due.add(new Look(container, -1, System.nanoTime()));
        }
      }
      case PAUSED -> {
        // It goes on.
      }
      default -> removed(container);
    }
  }

  /** A container is not watched any more. */
  void removed(ManagedContainer container) {
    Watched gone;
    synchronized (watched) {
      gone = watched.remove(container.id());
    }
    if (gone != null) {
      gone.watch().close();
    }
  }

  /** Has the kernel tell of a run; says whether it does. */
  private boolean watch(ManagedContainer container) {
    Instant run = container.state().started();
    synchronized (watched) {
      Watched known = watched.get(container.id());
      if (known != null && known.run().equals(run)) {
        return true;
      }
    }
    removed(container);
    MemoryEvents.Watch watch =
        memory.watch(container.cgroup(), () -> due.add(Look.at(container, 0))).orElse(null);
    if (watch == null) {
      return false;
    }
    boolean keep;
    synchronized (watched) {
      keep = !closed && container.state().status() == Container.Status.RUNNING;
      if (keep) {
        watched.put(container.id(), new Watched(run, watch));
      }
    }
    if (!keep) {
      // It ended meanwhile, and nobody else would close this.
      watch.close();
      return true;
    }
    look(container); // what came before the watch
    return true;
  }

  /** A run is over: what has not been told yet is told now. */
  void last(ManagedContainer container) {
    look(container);
  }

  /** Tells what is new; says whether the kernel has killed. */
  private synchronized boolean look(ManagedContainer container) {
    Container.State state = container.state();
    if (state.started() == null || state.pid() == 0) {
      return true;
    }
    Usage usage = container.usage();
    Seen before = seen.get(container.id());
    if (before == null || !before.run().equals(state.started())) {
      before = new Seen(state.started(), 0, 0, 0, Instant.EPOCH);
    }
    long kills = Math.max(before.kills(), usage.memory().oomKills());
    if (kills > before.kills()) {
      told.accept(new ContainerEvent.OutOfMemory(container, kills));
    }
    Instant now = Instant.now();
    Usage.Cpu cpu = usage.cpu();
    boolean throttled =
        cpu.throttledPeriods() > before.periods()
            && Duration.between(before.throttleTold(), now).compareTo(REPEAT) >= 0;
    if (throttled) {
      told.accept(
          new ContainerEvent.Throttled(
              container,
              cpu.throttledPeriods() - before.periods(),
              Duration.ofNanos(cpu.throttledNanos() - before.nanos())));
    }
    // Kept until the next run: an event may come after the last look at this one.
    seen.put(
        container.id(),
        throttled
            ? new Seen(before.run(), kills, cpu.throttledPeriods(), cpu.throttledNanos(), now)
            : new Seen(
                before.run(), kills, before.periods(), before.nanos(), before.throttleTold()));
    return kills > before.kills();
  }

  @Override
  public void close() {
    thread.interrupt();
    List<Watched> all;
    synchronized (watched) {
      closed = true;
      all = List.copyOf(watched.values());
      watched.clear();
    }
    all.forEach(w -> w.watch().close());
    memory.close();
  }
}
