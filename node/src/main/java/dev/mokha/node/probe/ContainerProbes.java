package dev.mokha.node.probe;

import dev.mokha.node.pod.ObservedContainer.Unhealthy;
import dev.mokha.node.timing.Alarms;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The probes of one run of a container. Until the startup probe has succeeded the others wait; a
 * failed startup or liveness probe makes the container unhealthy for good; readiness goes on.
 */
public final class ContainerProbes implements AutoCloseable {
  private final Container spec;
  private final Function<Probe, Check> checks;
  private final Alarms alarms;
  private final Runnable onChange;
  private final BiConsumer<String, String> onFailure;
  private final Instant startedAt;
  private boolean started;
  private boolean ready;
  private Optional<Unhealthy> unhealthy = Optional.empty();
  private boolean closed;
  private Runner startup;
  private Runner liveness;
  private Runner readiness;

  /**
   * Probes that do not run yet.
   *
   * @param checks makes a check of a probe
   * @param startedAt when the container started
   * @param known the container was adopted: it had started, and was ready or not
   * @param onChange is told when started, ready or unhealthy change
   * @param onFailure is told of each failure: which probe, and why
   */
  public ContainerProbes(
      Container spec,
      Function<Probe, Check> checks,
      Alarms alarms,
      Instant startedAt,
      Optional<Boolean> known,
      Runnable onChange,
      BiConsumer<String, String> onFailure) {
    this.spec = spec;
    this.checks = checks;
    this.alarms = alarms;
    this.startedAt = startedAt;
    this.onChange = onChange;
    this.onFailure = onFailure;
    this.started = spec.getStartupProbe() == null || known.isPresent();
    this.ready = spec.getReadinessProbe() == null || known.orElse(false);
  }

  /** Begins; the first checks whose initial delay is over run at once. */
  public synchronized ContainerProbes start() {
    if (started) {
      startOthers();
    } else {
      startup = new Runner("Startup", spec.getStartupProbe(), false);
      startup.schedule(initialDelay(spec.getStartupProbe()));
    }
    return this;
  }

  private void startOthers() {
    if (spec.getLivenessProbe() != null) {
      liveness = new Runner("Liveness", spec.getLivenessProbe(), true);
      liveness.schedule(initialDelay(spec.getLivenessProbe()));
    }
    if (spec.getReadinessProbe() != null) {
      readiness = new Runner("Readiness", spec.getReadinessProbe(), ready);
      readiness.schedule(initialDelay(spec.getReadinessProbe()));
    }
  }

  private Duration initialDelay(Probe probe) {
    Integer seconds = probe.getInitialDelaySeconds();
    Instant first = startedAt.plusSeconds(seconds == null ? 0 : seconds);
    Duration left = Duration.between(Instant.now(), first);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** Whether the startup probe has succeeded. */
  public synchronized boolean started() {
    return started;
  }

  /** Whether it may get traffic. */
  public synchronized boolean ready() {
    return started && ready && unhealthy.isEmpty();
  }

  /** Why it is to be killed. */
  public synchronized Optional<Unhealthy> unhealthy() {
    return unhealthy;
  }

  /** Stops liveness and startup checks: a container that is ending is not killed for being slow. */
  public synchronized void ending() {
    cancel(startup);
    cancel(liveness);
  }

  @Override
  public synchronized void close() {
    closed = true;
    cancel(startup);
    cancel(liveness);
    cancel(readiness);
  }

  private static void cancel(Runner runner) {
    if (runner != null) {
      runner.cancel();
    }
  }

  /** Takes a probe's turn-over. */
  private void turned(Runner runner) {
    boolean changed = true;
    synchronized (this) {
      if (closed) {
        return;
      }
      boolean good = runner.state.good();
      if (runner == startup && good) {
        started = true;
        startup.cancel();
        startOthers();
      } else if (runner == readiness) {
        changed = ready != good;
        ready = good;
      } else if (!good) {
        runner.cancel();
        Long grace = runner.probe.getTerminationGracePeriodSeconds();
        unhealthy =
            Optional.of(
                new Unhealthy(
                    "Container %s failed %s probe, will be restarted"
                        .formatted(spec.getName(), runner.name.toLowerCase(Locale.ROOT)),
                    Optional.ofNullable(grace).map(Duration::ofSeconds)));
      } else {
        changed = false;
      }
    }
    if (changed) {
      onChange.run();
    }
  }

  /** Runs one probe again and again. */
  private final class Runner {
    private final String name;
    private final Probe probe;
    private final ProbeState state;
    private final Duration timeout;
    private Check check;
    private Alarms.Alarm alarm = () -> {};
    private volatile boolean cancelled;

    Runner(String name, Probe probe, boolean initiallyGood) {
      this.name = name;
      this.probe = probe;
      this.state = new ProbeState(probe, initiallyGood);
      Integer seconds = probe.getTimeoutSeconds();
      this.timeout = Duration.ofSeconds(seconds == null || seconds <= 0 ? 1 : seconds);
    }

    void schedule(Duration delay) {
      synchronized (ContainerProbes.this) {
        if (!cancelled && !closed) {
          alarm = alarms.after(delay, "probe-" + spec.getName(), this::run);
        }
      }
    }

    void cancel() {
      cancelled = true;
      alarm.cancel();
    }

    private void run() {
      Instant begin = Instant.now();
      CheckResult result;
      try {
        if (check == null) {
          check = checks.apply(probe);
        }
        result = check.run(timeout);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        result = CheckResult.failed(String.valueOf(e.getMessage()));
      }
      if (cancelled) {
        return;
      }
      Duration next = state.next(result, this == readiness);
      boolean early = next.compareTo(Duration.ofSeconds(1)) < 0;
      if (!result.success() && !early) {
        onFailure.accept(name, result.message());
      }
      if (early) {
        schedule(next);
        return;
      }
      if (state.take(result)) {
        turned(this);
      }
      if (!cancelled) {
        Duration spent = Duration.between(begin, Instant.now());
        schedule(next.compareTo(spent) > 0 ? next.minus(spent) : Duration.ZERO);
      }
    }
  }
}
