package dev.mokha.engine.containers;

import dev.mokha.engine.containers.Container.State;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerRecord.Current;
import java.io.IOException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what became of a container while no daemon ran, from what is on disk and in /proc. The
 * daemon may have been killed at any point:
 *
 * <ul>
 *   <li>in the middle of a start: the run goes on if its process had begun, else nothing of it is
 *       left;
 *   <li>while it ran: it runs still, or conmon has left its exit code, or (after a reboot) there is
 *       neither;
 *   <li>in the middle of clearing away after a run: that is done again;
 *   <li>in the middle of a removal: its definition went first, and whoever finds what is left
 *       without one takes it away ({@link LocalContainers}).
 * </ul>
 */
final class Adoption {
  private static final Logger log = LoggerFactory.getLogger(Adoption.class);

  private final ContainerCore core;
  private final RunEnd end;

  Adoption(ContainerCore core, RunEnd end) {
    this.core = core;
    this.end = end;
  }

  void adopt() throws IOException {
    core.take(core.record.readCurrent().orElseGet(this::lost));
    core.unsettled = core.ground.isOccupied();
    Current found = core.current();
    if (core.isActive()) {
      run();
    } else if (found.starting()) {
      start();
    } else if (found.state().status() == Status.CREATED && core.unsettled) {
      // An earlier version had the runtime create it before it was started: its process waits.
      core.take(found.starting(true, found.prepared()));
      undo();
    } else {
      settle();
    }
  }

  /** The power went before its state was on the disk. */
  private Current lost() {
    return new Current(
        new State(
            Status.EXITED,
            0,
            core.definition().created(),
            null,
            null,
            RunEnd.LOST,
            false,
            "what it did was lost when the machine went down"));
  }

  private void settle() {
    try {
      core.settle();
      core.ground.root().drop(); // for a run that was cut off, or for somebody who read it
    } catch (IOException | RuntimeException e) {
      log.warn("Container {} is not wholly released: {}", core.id(), e.getMessage());
    }
  }

  private void run() throws IOException {
    core.ground.root().adopt(core.definition());
    Current found = core.current();
    if (!ProcessIdentity.isAlive(found.conmonPid(), found.conmonStarted())) {
      end.conmonEnded();
      return;
    }
    boolean frozen = core.host.cgroups().isFrozen(core.definition().cgroup());
    if (frozen != (found.state().status() == Status.PAUSED)) {
      core.put(found.with(found.state().with(frozen ? Status.PAUSED : Status.RUNNING)));
    }
    core.attachments.connect(core.ground.attachSocket());
    end.watch();
  }

  private void start() throws IOException {
    int conmon = core.ground.conmonPid();
    int pid = core.ground.processPid();
    boolean begun = pid > 0 && !core.host.runtime().waitsForStart(core.id());
    boolean over = ExitFile.read(core.ground.exitFile()).isPresent();
    if (!begun || conmon == 0 && !over) {
      undo();
      return;
    }
    core.put(
        core.current()
            .starting(false, core.current().prepared())
            .with(ProcessIdentity.startTicks(pid), conmon, ProcessIdentity.startTicks(conmon))
            .with(core.state().running(pid, Instant.now())));
    run();
  }

  private void undo() throws IOException {
    core.ground.killStarters();
    settle();
    State state = core.state();
    core.put(
        core.current()
            .starting(false, core.current().prepared())
            .with(state.with(state.started() == null ? Status.CREATED : Status.EXITED)));
  }
}
