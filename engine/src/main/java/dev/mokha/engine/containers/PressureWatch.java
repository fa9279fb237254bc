package dev.mokha.engine.containers;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of containers that come up against their limits: the kernel killed for memory, or held one
 * back that had used up its CPU quota. It reads the kernel's counts of those that have such limits
 * each second: for throttling there is no event, and one look is two small files. At the end of a
 * run it looks once more, at all of them.
 */
final class PressureWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PressureWatch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** One that is held back in every period is told of that once in this time. */
  private static final Duration REPEAT = Duration.ofMinutes(1);

  private final Supplier<List<ManagedContainer>> containers;
  private final Consumer<ContainerEvent> told;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  private final Thread thread;

  /** What was told of a run. */
  private record Seen(Instant run, long kills, long periods, long nanos, Instant throttleTold) {}

  PressureWatch(Supplier<List<ManagedContainer>> containers, Consumer<ContainerEvent> told) {
    this.containers = containers;
    this.told = told;
    this.thread = Thread.ofVirtual().name("container-pressure").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        List<ManagedContainer> all = containers.get();
        for (ManagedContainer container : all) {
          Resources limits = container.spec().resources();
          if (container.state().status() == Container.Status.RUNNING
              && (limits.memoryBytes() > 0 || limits.cpuQuotaMicros() > 0)) {
            look(container);
          }
        }
        Set<String> ids = all.stream().map(ManagedContainer::id).collect(Collectors.toSet());
        seen.keySet().retainAll(ids);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("Limits that containers come up against are no longer told", e);
    }
  }

  /** A run is over: what has not been told yet is told now. */
  void last(ManagedContainer container) {
    look(container);
    seen.remove(container.id());
  }

  private synchronized void look(ManagedContainer container) {
    Container.State state = container.state();
    if (state.started() == null || state.pid() == 0) {
      return;
    }
    Usage usage = container.usage();
    Seen before = seen.get(container.id());
    if (before == null || !before.run().equals(state.started())) {
      before = new Seen(state.started(), 0, 0, 0, Instant.EPOCH);
    }
    long kills = usage.memory().oomKills();
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
    seen.put(
        container.id(),
        throttled
            ? new Seen(before.run(), kills, cpu.throttledPeriods(), cpu.throttledNanos(), now)
            : new Seen(
                before.run(), kills, before.periods(), before.nanos(), before.throttleTold()));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
