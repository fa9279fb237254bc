package dev.mokha.engine.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container.State;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.engine.supervision.HealthRule;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins runs of one container. The state on disk says {@code starting} from before the first thing
 * is made until the process runs, so that {@link Adoption} knows a start that was cut off.
 */
final class RunStart {
  private static final Logger log = LoggerFactory.getLogger(RunStart.class);

  private final ContainerCore core;
  private final RunEnd end;

  /** The terminal's size that was asked for before there was a run; null for none. */
  private volatile Size size;

  /** A terminal's size. */
  record Size(int columns, int rows) {}

  RunStart(ContainerCore core, RunEnd end) {
    this.core = core;
    this.end = end;
  }

  /** What the terminal of later runs is to be like. */
  void remember(Size wanted) {
    size = wanted;
  }

  /**
   * Runs it.
   *
   * @param restarts how often policy has started it now
   */
  void begin(int restarts) {
    core.lock.lock();
    try {
      core.requirePresent();
      if (core.isActive() || core.state().status() == Status.UNKNOWN) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container " + core.id() + " can't be started: it is " + core.word());
      }
      core.settle();
      Optional<Preparation> preparation = core.preparation();
      core.put(core.current().stopped(false, restarts).starting(true, preparation.isPresent()));
      core.unsettled = true;
      run(preparation);
    } catch (IOException | RuntimeException e) {
      EngineException failure = StartFailure.of(core.id(), "started", e);
      if (core.current().starting()) {
        failed(failure);
      }
      throw failure;
    } finally {
      core.lock.unlock();
    }
  }

  private void run(Optional<Preparation> preparation) throws IOException {
    ContainerSpec spec = core.spec();
    ContainerSpec prepared = spec;
    if (preparation.isPresent()) {
      prepared = requireNonNull(preparation.get().prepare(core.container(), spec));
    }
    int pid = core.ground.create(core.definition(), prepared.withId(core.id()), size);
    int conmon = core.ground.conmonPid();
    long pidStarted = ProcessIdentity.startTicks(pid);
    long conmonStarted = ProcessIdentity.startTicks(conmon);
    core.attachments.connectBefore(core.ground.attachSocket());
    preparation.ifPresent(owner -> owner.complete(core.container()));
    core.host.runtime().start(core.id());
    Container.Health health =
        spec.supervision().health() == null ? null : HealthRule.starting(core.container().health());
    runs(
        core.current()
            .starting(false, preparation.isPresent())
            .with(pidStarted, conmon, conmonStarted)
            .with(health)
            .with(core.state().running(pid, Instant.now())));
    core.tell();
    end.watch();
  }

  /**
   * It runs, whether that can be written down or not: on a full disk, or when whoever started it
   * was interrupted, its end must be seen all the same. Whoever adopts it sees that it runs.
   */
  private void runs(Current next) {
    try {
      core.put(next);
    } catch (IOException e) {
      log.warn("That container {} runs is not written down: {}", core.id(), e.toString());
    }
  }

  /** It did not start: nothing of the run is left, and its state says why. */
  private void failed(EngineException why) {
    core.attachments.end();
    String message = String.valueOf(why.getMessage());
    State old = core.state();
    Status status = old.started() == null ? Status.CREATED : Status.EXITED;
    try {
      core.settle();
      core.put(
          core.current()
              .starting(false, core.current().prepared())
              .with(
                  old.ended(
                      status, old.finished(), StartFailure.exitCode(message), false, message)));
    } catch (IOException | RuntimeException more) {
      why.addSuppressed(more);
    }
    core.tell();
  }
}
