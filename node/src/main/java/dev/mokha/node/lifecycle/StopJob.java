package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.linux.Signals;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.probe.CheckResult;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends one container: preStop hook, stop signal, SIGKILL at the deadline. The deadline may be drawn
 * nearer while it runs.
 */
final class StopJob {
  private static final Logger log = LoggerFactory.getLogger(StopJob.class);
  // What remains for the signal when the hook has used the whole grace.
  private static final Duration LEAST_AFTER_HOOK = Duration.ofSeconds(2);
  private static final Duration KILL_TAKES = Duration.ofSeconds(30);

  private final NodeServices node;
  private final BoundPod pod;
  private final PodContainer container;
  private final Container running;
  private final String address;
  private final CompletableFuture<Void> exit = new CompletableFuture<>();
  private Instant deadline;
  private Thread thread;

  StopJob(
      NodeServices node,
      BoundPod pod,
      PodContainer container,
      Container running,
      String address,
      Instant deadline) {
    this.node = requireNonNull(node, "node");
    this.pod = requireNonNull(pod, "pod");
    this.container = requireNonNull(container, "container");
    this.running = requireNonNull(running, "running");
    this.address = requireNonNull(address, "address");
    this.deadline = requireNonNull(deadline, "deadline");
  }

  /** Begins; {@code whenDone} is called at the end whatever happened. */
  synchronized void start(Runnable whenDone) {
    Thread.ofVirtual().name("exit-" + container.name()).start(this::awaitExit);
    thread =
        Thread.ofVirtual()
            .name("stop-" + pod + "-" + container.name())
            .start(
                () -> {
                  try {
                    run();
                  } catch (RuntimeException e) {
                    log.warn("Container {} of pod {} did not stop", container.name(), pod, e);
                  } finally {
                    whenDone.run();
                  }
                });
  }

  /** Draws the deadline nearer. */
  synchronized void hasten(Instant earlier) {
    if (earlier.isBefore(deadline)) {
      deadline = earlier;
      thread.interrupt();
    }
  }

  private synchronized Duration left() {
    return Duration.between(node.clock().instant(), deadline);
  }

  private synchronized void leaveAtLeast(Duration time) {
    Instant least = node.clock().instant().plus(time);
    if (deadline.isBefore(least)) {
      deadline = least;
    }
  }

  private void awaitExit() {
    try {
      running.awaitExit();
      exit.complete(null);
    } catch (InterruptedException | EngineException e) {
      exit.completeExceptionally(e);
    }
  }

  private void run() {
    boolean immediately = left().isNegative() || left().isZero();
    if (!immediately) {
      preStop();
      int signal = running.spec().stopSignal();
      running.kill(signal == 0 ? Signals.TERM : signal);
      if (exited()) {
        return;
      }
    }
    running.kill(Signals.KILL);
    try {
      exit.get(KILL_TAKES.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      log.warn("Container {} of pod {} outlives SIGKILL", container.name(), pod);
    } catch (ExecutionException | InterruptedException e) {
      log.debug("Waiting for container {} of pod {} ended", container.name(), pod, e);
    }
  }

  private void preStop() {
    LifecycleHandler hook =
        container.spec().getLifecycle() == null
            ? null
            : container.spec().getLifecycle().getPreStop();
    if (hook == null) {
      return;
    }
    try {
      CheckResult result = Hooks.run(hook, container, running, address, left());
      if (!result.success()) {
        node.events()
            .record(
                pod.pod(),
                PodWorker.fieldPath(container),
                "Warning",
                "FailedPreStopHook",
                "PreStopHook failed: " + result.message());
      }
      leaveAtLeast(LEAST_AFTER_HOOK);
    } catch (InterruptedException e) {
      log.debug("The preStop hook of {} in pod {} was cut short", container.name(), pod);
    }
  }

  private boolean exited() {
    while (true) {
      long millis = left().toMillis();
      if (millis <= 0) {
        return exit.isDone();
      }
      try {
        exit.get(millis, TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        return true;
      } catch (InterruptedException e) {
        // hastened: look at the new deadline
      }
    }
  }
}
