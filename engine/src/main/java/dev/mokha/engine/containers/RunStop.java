package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container.State;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.linux.Pidfd;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ends, freezes and signals the runs of one container, as somebody asks. */
final class RunStop {
  /** How long a container that was killed may take to be gone. */
  private static final Duration DEATH = Duration.ofSeconds(20);

  private final ContainerCore core;

  RunStop(ContainerCore core) {
    this.core = core;
  }

  /**
   * Sends a signal. One that is meant to end it (its stop signal, KILL, any when it has no stop
   * signal of its own) ends its policy's restarts too, as with Docker.
   */
  void kill(int signal) {
    int own = core.spec().stopSignal();
    if (signal == Signals.KILL || own == 0 || own == signal) {
      markStopped();
    }
    send(signal);
    if (signal == Signals.KILL && core.state().status() == Status.PAUSED) {
      core.host
          .cgroups()
          .freeze(core.definition().cgroup(), false); // the frozen die when they thaw
    }
  }

  private void send(int signal) {
    Current now = core.current();
    if (now.state().pid() == 0) {
      return;
    }
    Pidfd.open(now.state().pid())
        .ifPresent(
            process -> {
              try (process) {
                if (ProcessIdentity.isAlive(now.state().pid(), now.processStarted())) {
                  process.send(signal);
                }
              }
            });
  }

  /** Somebody wants it to end: no policy starts it again. */
  private void markStopped() {
    core.lock.lock();
    try {
      boolean waits = core.state().status() == Status.RESTARTING;
      boolean counts = core.spec().supervision().restart().policy() != Restart.Policy.NO;
      if (core.removed || !waits && (!counts || core.current().stopped())) {
        return;
      }
      Current next = core.current().stopped(true, core.current().restarts());
      core.put(waits ? next.with(core.state().with(Status.EXITED)) : next);
      if (waits) {
        core.tell();
      }
    } catch (IOException e) {
      throw StartFailure.of(core.id(), "stopped", e);
    } finally {
      core.lock.unlock();
    }
  }

  void stop(Duration grace) {
    CompletableFuture<State> end = core.ends.next();
    markStopped();
    if (core.isActive() && !grace.isZero()) {
      send(core.spec().stopSignal() == 0 ? Signals.TERM : core.spec().stopSignal());
      if (core.state().status() == Status.PAUSED) {
        freeze(Status.PAUSED, Status.RUNNING); // the frozen hear no signal
      }
      if (waitFor(end, grace)) {
        return;
      }
    }
    forceDown();
  }

  /** Kills it, and returns when it has ended. */
  void forceDown() {
    CompletableFuture<State> end = core.ends.next();
    markStopped();
    if (!core.isActive()) {
      return;
    }
    kill(Signals.KILL);
    if (!waitFor(end, DEATH)) {
      core.ground.killRest();
      if (!waitFor(end, DEATH)) {
        throw new EngineException(
            EngineException.Code.RUNTIME,
            "Container "
                + core.id()
                + " can't be killed: process "
                + core.state().pid()
                + " hangs in the kernel; look for a dead disk or network mount");
      }
    }
  }

  /** Whether the run has ended in that time; a negative one is for ever. */
  private boolean waitFor(CompletableFuture<State> end, Duration atMost) {
    try {
      if (atMost.isNegative()) {
        end.get();
      } else {
        end.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      }
      return true;
    } catch (TimeoutException e) {
      return !core.isActive();
    } catch (ExecutionException removedMeanwhile) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "Waiting for container " + core.id() + " was interrupted",
          e);
    }
  }

  /** Freezes or thaws all its processes. */
  void freeze(Status from, Status to) {
    core.lock.lock();
    try {
      core.requirePresent();
      State old = core.state();
      if (old.status() != from) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container "
                + core.id()
                + " is "
                + core.word()
                + ", not "
                + from.name().toLowerCase(Locale.ROOT));
      }
      core.host.cgroups().freeze(core.definition().cgroup(), to == Status.PAUSED);
      core.put(core.current().with(old.with(to)));
      core.tell();
    } catch (IOException e) {
      throw StartFailure.of(core.id(), to == Status.PAUSED ? "paused" : "resumed", e);
    } finally {
      core.lock.unlock();
    }
  }
}
