package dev.mokha.engine.supervision;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.HealthCheck;
import dev.mokha.engine.containers.Restart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restarts containers and checks their health, as each one's specification asks.
 *
 * <p>It is told of everything: {@link #changed} after each change of a container, {@link #afterEnd}
 * when one has ended and its next state must be decided, {@link #restart} when it has been cleared
 * away after that. Before {@link #begin} it does nothing, so that owners can register first.
 */
public final class Supervisor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

  /** How often containers that could not be started when the daemon came up are tried again. */
  private static final int ROUNDS = 3;

  private final Map<String, Duration> pauses = new ConcurrentHashMap<>();
  private final Map<String, HealthMonitor> monitors = new ConcurrentHashMap<>();
  private volatile boolean active;

  /**
   * Begins. Containers that should run and don't are started, without waiting for them.
   *
   * @param all the containers there are
   */
  public void begin(Collection<? extends Supervised> all) {
    active = true;
    List<Supervised> due = new ArrayList<>();
    for (Supervised supervised : all) {
      Container container = supervised.container();
      Container.State state = container.state();
      Restart rule = container.spec().supervision().restart();
      if (state.status() == Status.RESTARTING
          || state.status() == Status.EXITED
              && supervised.endedUnseen()
              && RestartRule.again(
                  rule, state.exitCode(), supervised.stopped(), container.restarts())) {
        restart(supervised, RestartRule.FIRST_PAUSE);
      } else if (state.status() == Status.EXITED
          && RestartRule.atDaemonStart(rule, supervised.stopped(), state.started() != null)) {
        due.add(supervised);
      } else {
        changed(supervised);
      }
    }
    if (!due.isEmpty()) {
      Thread.ofVirtual().name("start-containers").start(() -> startAll(due));
    }
  }

  /** One may need another one that runs, so those that failed are tried again after the others. */
  private void startAll(List<Supervised> due) {
    List<Supervised> left = due;
    for (int round = 0; round < ROUNDS && !left.isEmpty() && active; round++) {
      List<Supervised> failed = Collections.synchronizedList(new ArrayList<>());
      List<Thread> starts = new ArrayList<>();
      for (Supervised supervised : left) {
        starts.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      if (!start(supervised)) {
                        failed.add(supervised);
                      }
                    }));
      }
      try {
        for (Thread start : starts) {
          start.join();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      left = failed;
    }
  }

  private boolean start(Supervised supervised) {
    Container container = supervised.container();
    if (!active || container.state().status() != Status.EXITED) {
      return true;
    }
    try {
      container.start();
      return true;
    } catch (RuntimeException e) {
      log.warn("Container {} should run and does not: {}", container.id(), e.getMessage());
      return false;
    }
  }

  /**
   * How long to wait before a container that has just ended is started again.
   *
   * @param end its state
   * @return empty when it is not
   */
  public Optional<Duration> afterEnd(Supervised supervised, Container.State end) {
    Container container = supervised.container();
    Restart rule = container.spec().supervision().restart();
    if (!active
        || !RestartRule.again(rule, end.exitCode(), supervised.stopped(), container.restarts())) {
      pauses.remove(container.id());
      return Optional.empty();
    }
    Duration ran = Duration.between(end.started(), end.finished());
    return Optional.of(
        pauses.merge(
            container.id(),
            RestartRule.FIRST_PAUSE,
            (last, first) -> RestartRule.pause(last, ran)));
  }

  /** Starts a container again after a pause, unless something else becomes of it meanwhile. */
  public void restart(Supervised supervised, Duration pause) {
    Container.State ended = supervised.container().state();
    Thread.ofVirtual()
        .name("restart-" + supervised.container().id())
        .start(
            () -> {
              try {
                Thread.sleep(pause);
                if (active) {
                  supervised.startAgain(ended);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException e) {
                log.warn(
                    "Container {} could not be restarted: {}",
                    supervised.container().id(),
                    e.getMessage());
              }
            });
  }

  /** A container's state or specification has changed: it may want checks, or none any more. */
  public void changed(Supervised supervised) {
    Container container = supervised.container();
    HealthCheck rule = container.spec().supervision().health();
    Container.State state = container.state();
    boolean wanted = active && rule != null && state.status() == Status.RUNNING;
    if (!wanted && !monitors.containsKey(container.id())) {
      return;
    }
    monitors.compute(
        container.id(),
        (id, monitor) -> {
          if (wanted && monitor != null && monitor.isFor(state, rule)) {
            return monitor;
          }
          if (monitor != null) {
            monitor.close();
          }
          return wanted ? new HealthMonitor(supervised, rule, state) : null;
        });
  }

  /** A container is gone. */
  public void removed(Supervised supervised) {
    String id = supervised.container().id();
    pauses.remove(id);
    HealthMonitor monitor = monitors.remove(id);
    if (monitor != null) {
      monitor.close();
    }
  }

  /** Ends its work; the containers go on. */
  @Override
  public void close() {
    active = false;
    monitors.values().forEach(HealthMonitor::close);
    monitors.clear();
  }
}
