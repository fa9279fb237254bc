package dev.mokha.engine.containers;

import dev.mokha.engine.containers.Container.State;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.engine.supervision.HealthRule;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices the ends of one container's runs, and clears away after them. */
final class RunEnd {
  /** The exit code of a run nobody saw the end of. */
  static final int LOST = 255;

  private static final Logger log = LoggerFactory.getLogger(RunEnd.class);

  private final ContainerCore core;

  RunEnd(ContainerCore core) {
    this.core = core;
  }

  /** Has the end of the run told when its conmon ends: then all it wrote is written. */
  void watch() {
    long run = core.current().conmonStarted();
    core.host
        .processExits()
        .onExit(core.current().conmonPid())
        .thenRunAsync(
            () -> {
              try {
                if (core.current().conmonStarted() == run) {
                  conmonEnded();
                }
              } catch (RuntimeException e) {
                log.error("The end of container {} is not dealt with", core.id(), e);
              }
            },
            task -> Thread.ofVirtual().name("exit-" + core.id()).start(task));
  }

  /** conmon is gone: its exit file says how the run ended, or else the run can't go on. */
  void conmonEnded() {
    Optional<ExitFile.Exit> exit = ExitFile.read(core.ground.exitFile());
    if (exit.isPresent()) {
      ended(exit.get().code(), exit.get().at(), "");
      return;
    }
    // Without conmon it has no output, no log and no exit code.
    Current now = core.current();
    boolean runs = ProcessIdentity.isAlive(now.state().pid(), now.processStarted());
    if (runs) {
      Signals.send(now.state().pid(), Signals.KILL);
      core.ground.killRest();
    }
    ended(
        LOST,
        Instant.now(),
        runs || core.ground.isOccupied()
            ? "conmon, which held the container, is gone"
            : "the machine was restarted while the container ran");
  }

  private void ended(int code, Instant at, String message) {
    Optional<Duration> pause = Optional.empty();
    core.lock.lock();
    try {
      if (core.removed || !core.isActive()) {
        return;
      }
      Container.Health health = core.current().health();
      boolean oom = core.host.cgroups().oomKilled(core.definition().cgroup());
      core.keeper().ending(core.container(), oom);
      State end = core.state().ended(Status.EXITED, at, code, oom, message);
      if (!core.removing) {
        pause = core.keeper().restartAfter(core.container(), end);
      }
      if (pause.isPresent()) {
        end = end.with(Status.RESTARTING);
      }
      core.attachments.disconnect();
      core.endedHere = true;
      keep(
          core.current()
              .with(0, 0, 0)
              .with(health == null ? null : HealthRule.ended(health))
              .with(end));
      core.ends.ended(end);
      core.tell();
    } finally {
      core.lock.unlock();
    }
    core.settleQuietly();
    pause.ifPresent(time -> core.keeper().restart(core.container(), time));
  }

  /** An end is told even when the disk is full: whoever adopts it finds it has ended. */
  private void keep(Current next) {
    try {
      core.put(next);
    } catch (IOException e) {
      log.error("The end of container {} can't be written down", core.id(), e);
    }
  }
}
