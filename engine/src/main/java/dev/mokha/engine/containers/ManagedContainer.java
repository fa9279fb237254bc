package dev.mokha.engine.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.engine.supervision.Supervised;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One container. Changes are made one at a time, under its lock, and told there, so that listeners
 * hear them in order. {@link RunStart}, {@link RunEnd} and {@link RunStop} do what there is to do
 * about its runs, {@link Adoption} finds out what became of it while no daemon ran.
 */
final class ManagedContainer implements Container, Supervised {
  private static final Logger log = LoggerFactory.getLogger(ManagedContainer.class);

  private final ContainerCore core;
  private final RunEnd end;
  private final RunStart start;
  private final RunStop stop;

  /** A container on record. */
  ManagedContainer(RuntimeHost host, Definition definition, Keeper keeper) {
    core = new ContainerCore(host, definition, keeper, this);
    end = new RunEnd(core);
    start = new RunStart(core, end);
    stop = new RunStop(core);
  }

  @Override
  public String id() {
    return core.id();
  }

  @Override
  public ContainerSpec spec() {
    return core.spec();
  }

  @Override
  public State state() {
    return core.state();
  }

  Definition definition() {
    return core.definition();
  }

  Path bundle() {
    return core.ground.bundle();
  }

  Path rootfs() {
    return core.ground.root().path(core.definition());
  }

  RuntimeHost host() {
    return core.host;
  }

  Attachments attachments() {
    return core.attachments;
  }

  /** Writes it down. Leaves nothing when that fails. */
  void create() {
    core.lock.lock();
    try {
      core.put(
          new Current(
              new State(Status.CREATED, 0, core.definition().created(), null, null, 0, false, "")));
      if (spec().rootfs() == null) {
        core.host.snapshots().prepare(id());
      }
      core.record.write(core.definition());
      core.tell();
    } catch (IOException | RuntimeException e) {
      try {
        core.discard();
      } catch (IOException | RuntimeException more) {
        e.addSuppressed(more);
      }
      throw StartFailure.of(id(), "created", e);
    } finally {
      core.lock.unlock();
    }
  }

  /** Finds out what became of it while no daemon ran. */
  void adopt() throws IOException {
    new Adoption(core, end).adopt();
  }

  /** Clears away what the last run left, as its owner is known now. */
  void settle() {
    core.settleQuietly();
  }

  // --- runs ---

  @Override
  public void start() {
    start.begin(0);
  }

  @Override
  public void kill(int signal) {
    stop.kill(signal);
  }

  @Override
  public void stop(Duration grace) {
    stop.stop(grace);
  }

  @Override
  public void pause() {
    stop.freeze(Status.RUNNING, Status.PAUSED);
  }

  @Override
  public void resume() {
    stop.freeze(Status.PAUSED, Status.RUNNING);
  }

  @Override
  public void remove() {
    core.removing = true;
    core.lock.lock();
    try {
      while (!core.removed && core.isActive()) {
        core.lock.unlock(); // its end wants the lock
        try {
          stop.forceDown();
        } finally {
          core.lock.lock();
        }
      }
      if (!core.removed) {
        core.discard();
        core.tell();
      }
    } catch (IOException e) {
      throw StartFailure.of(id(), "removed", e);
    } finally {
      core.removing = core.removed;
      core.lock.unlock();
    }
  }

  @Override
  public CompletableFuture<State> nextExit() {
    CompletableFuture<State> next = core.ends.next();
    State now = state();
    return now.status() == Status.EXITED ? CompletableFuture.completedFuture(now) : next;
  }

  @Override
  public CompletableFuture<State> nextRunExit() {
    return core.ends.next();
  }

  @Override
  public int awaitExit() throws InterruptedException {
    try {
      return nextExit().get().exitCode();
    } catch (ExecutionException removedMeanwhile) {
      return state().exitCode();
    }
  }

  // --- streams ---

  @Override
  public ExecSession exec(ExecSpec spec) {
    return exec(spec, "");
  }

  @Override
  public java.util.Optional<ExecSession> findExec(String id) {
    return AdoptedExec.find(this, id);
  }

  @Override
  public ExecSession exec(ExecSpec spec, String id) {
    if (state().status() != Status.RUNNING) {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "Nothing can be run in container " + id() + ": it is " + core.word());
    }
    return RuntimeExec.start(this, spec, id);
  }

  @Override
  public ExecSession attach(boolean stdin, boolean stdout, boolean stderr) {
    core.requirePresent();
    return core.attachments.add(
        new AttachSession(this, core.ends.next(), stdin, stdout, stderr, null));
  }

  @Override
  public ExecSession attach(OutputListener listener) {
    core.requirePresent();
    return core.attachments.add(
        new AttachSession(this, core.ends.next(), false, true, true, requireNonNull(listener)));
  }

  @Override
  public void resize(int columns, int rows) {
    start.remember(new RunStart.Size(columns, rows));
    if (spec().tty() && core.isActive()) {
      ConmonControl.resize(bundle(), columns, rows);
    }
  }

  @Override
  public void reopenLog() {
    if (spec().logPath() != null && core.isActive()) {
      ConmonControl.reopenLog(bundle());
    }
  }

  // --- specification ---

  @Override
  public void update(Resources resources) {
    core.lock.lock();
    try {
      core.requirePresent();
      if (core.isActive()) {
        core.host.runtime().update(id(), core.host.specs().resources(resources));
        core.host.cgroups().weigh(core.definition().cgroup(), resources);
        core.host
            .cgroups()
            .throttle(
                core.definition().cgroup(), spec().resources().throttles(), resources.throttles());
      }
      keep(spec().toBuilder().resources(resources).build());
    } finally {
      core.lock.unlock();
    }
  }

  @Override
  public void respecify(UnaryOperator<ContainerSpec> change) {
    core.lock.lock();
    try {
      core.requirePresent();
      ContainerSpec old = spec();
      ContainerSpec next = change.apply(old);
      if (!next.id().equals(old.id())
          || !next.owner().equals(old.owner())
          || !next.image().equals(old.image())
          || !next.cgroupParent().equals(old.cgroupParent())
          || !Objects.equals(next.rootfs(), old.rootfs())) {
        throw new EngineException(
            EngineException.Code.INVALID,
            "Id, owner, image, root and cgroup of container " + id() + " can't be changed");
      }
      keep(next);
    } finally {
      core.lock.unlock();
    }
  }

  private void keep(ContainerSpec next) {
    if (next.equals(spec())) {
      return;
    }
    try {
      core.put(core.definition().with(next));
    } catch (IOException e) {
      throw StartFailure.of(id(), "changed", e);
    }
  }

  // --- what is seen of it ---

  @Override
  public long workingSetBytes() {
    return core.ground.workingSetBytes();
  }

  @Override
  public Stats stats() {
    return core.ground.stats(spec(), state().pid());
  }

  /** Where its processes are counted, in all hierarchies. */
  String cgroup() {
    return core.definition().cgroup();
  }

  /** What the kernel counts of it alone. */
  Usage usage() {
    return core.host.cgroups().usage(core.definition().cgroup());
  }

  @Override
  public List<Long> processes() {
    int first = state().pid();
    return core.host.cgroups().processes(core.definition().cgroup()).stream()
        .sorted(Comparator.comparing(pid -> pid != first))
        .toList();
  }

  @Override
  public Tree tree() {
    try {
      core.requirePresent();
      core.settleQuietly(); // what a run with ids of its own left shows its files under those
      core.ground.root().acquire(core.definition());
    } catch (IOException e) {
      throw StartFailure.of(id(), "opened", e);
    }
    AtomicBoolean open = new AtomicBoolean(true);
    return new Tree() {
      @Override
      public Path root() {
        return rootfs();
      }

      @Override
      public UserMapping users() {
        return core.ground.root().shown();
      }

      @Override
      public void close() {
        if (open.compareAndSet(true, false)) {
          try {
            core.ground.root().release();
          } catch (IOException e) {
            throw StartFailure.of(id(), "closed", e);
          }
        }
      }
    };
  }

  @Override
  public Health health() {
    Health known = core.current().health();
    return known == null ? Health.NONE : known;
  }

  @Override
  public int restarts() {
    return core.current().restarts();
  }

  // --- supervision ---

  @Override
  public Container container() {
    return this;
  }

  @Override
  public boolean stopped() {
    return core.current().stopped();
  }

  @Override
  public boolean endedUnseen() {
    return core.endedHere && state().exitCode() != RunEnd.LOST;
  }

  @Override
  public void startAgain(State ended) {
    core.lock.lock();
    try {
      if (!core.removing && !core.isActive() && !stopped() && state().equals(ended)) {
        start.begin(restarts() + 1);
      }
    } finally {
      core.lock.unlock();
    }
  }

  @Override
  public void checked(State run, Health health) {
    core.lock.lock();
    try {
      State now = state();
      if (core.removed || now.status() != Status.RUNNING || now.pid() != run.pid()) {
        return;
      }
      boolean changed = health.status() != health().status();
      core.put(core.current().with(health));
      if (changed) {
        core.keeper().healthChanged(this, health);
      }
    } catch (IOException e) {
      log.error("The health of container {} can't be written down", id(), e);
    } finally {
      core.lock.unlock();
    }
  }
}
