package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.linux.Pidfd;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One container: what it does, on disk and in the kernel. Changes are made one at a time, under its
 * lock, and told there, so that listeners hear them in order; its state is read without.
 */
final class ManagedContainer implements Container {
  private static final Logger log = LoggerFactory.getLogger(ManagedContainer.class);

  /** How long a container that was killed may take to be gone. */
  private static final Duration DEATH = Duration.ofSeconds(20);

  private static final int LOST = 255;

  private final RuntimeHost host;
  private final ContainerRecord record;
  private final ContainerGround ground;
  private final Keeper keeper;
  private final ReentrantLock lock = new ReentrantLock();
  private final RunEnds ends = new RunEnds();
  private final Attachments attachments = new Attachments();
  private volatile Definition definition;
  private volatile Current current;
  private volatile boolean removing;
  private volatile boolean removed;

  /** Whether the last run may have left something; under the lock. */
  private boolean unsettled;

  /** The terminal's size that was asked for before there was a run; null for none. */
  private volatile Size size;

  private record Size(int columns, int rows) {}

  /** A container on record. */
  ManagedContainer(RuntimeHost host, Definition definition, Keeper keeper) {
    this.host = host;
    this.definition = definition;
    this.keeper = keeper;
    String id = definition.spec().id();
    this.record = new ContainerRecord(host.dataDir().resolve(id));
    this.ground = new ContainerGround(host, id, definition.cgroup());
    this.current =
        new Current(new State(Status.UNKNOWN, 0, definition.created(), null, null, 0, false, ""));
  }

  @Override
  public String id() {
    return definition.spec().id();
  }

  @Override
  public ContainerSpec spec() {
    return definition.spec();
  }

  @Override
  public State state() {
    return current.state();
  }

  Definition definition() {
    return definition;
  }

  Path bundle() {
    return ground.bundle();
  }

  Path rootfs() {
    return ground.root().path(definition);
  }

  RuntimeHost host() {
    return host;
  }

  Attachments attachments() {
    return attachments;
  }

  // --- life ---

  /** Writes it down. Leaves nothing when that fails. */
  void create() {
    lock.lock();
    try {
      put(
          new Current(
              new State(Status.CREATED, 0, definition.created(), null, null, 0, false, "")));
      if (spec().rootfs() == null) {
        host.snapshots().prepare(id());
      }
      record.write(definition);
      keeper.changed(this);
    } catch (IOException | RuntimeException e) {
      try {
        discard();
      } catch (IOException | RuntimeException more) {
        e.addSuppressed(more);
      }
      throw StartFailure.of(id(), "created", e);
    } finally {
      lock.unlock();
    }
  }

  /** Keeps a state, on disk too. */
  private void put(Current next) throws IOException {
    boolean intent = next.stopped() != current.stopped() && definition.lasting();
    current = next;
    record.write(next, intent);
  }

  @Override
  public void start() {
    begin(0);
  }

  /** Starts it as its policy asks, unless somebody has stopped, started or removed it meanwhile. */
  void startAgain() {
    lock.lock();
    try {
      if (!removing && state().status() == Status.RESTARTING) {
        begin(current.restarts());
      }
    } finally {
      lock.unlock();
    }
  }

  private void begin(int restarts) {
    lock.lock();
    try {
      requirePresent();
      if (isActive() || state().status() == Status.UNKNOWN) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container " + id() + " can't be started: it is " + word(state().status()));
      }
      settle();
      Optional<Preparation> preparation = keeper.preparation(spec().owner());
      put(current.stopped(false, restarts).starting(true, preparation.isPresent()));
      unsettled = true;
      ContainerSpec run = spec();
      if (preparation.isPresent()) {
        run = Objects.requireNonNull(preparation.get().prepare(this, run)).withId(id());
      }
      int pid = ground.create(definition, run);
      int conmon = ground.conmonPid();
      long pidStarted = ProcessIdentity.startTicks(pid);
      long conmonStarted = ProcessIdentity.startTicks(conmon);
      if (size != null && spec().tty()) {
        ConmonControl.resize(bundle(), size.columns(), size.rows());
      }
      attachments.connect(ground.attachSocket());
      host.runtime().start(id());
      State started =
          new State(Status.RUNNING, pid, state().created(), Instant.now(), null, 0, false, "");
      put(
          current
              .starting(false, preparation.isPresent())
              .with(pidStarted, conmon, conmonStarted)
              .with(started));
      keeper.changed(this);
      watch();
    } catch (IOException | RuntimeException e) {
      EngineException failure = StartFailure.of(id(), "started", e);
      failed(failure);
      throw failure;
    } finally {
      lock.unlock();
    }
  }

  /** It did not start: nothing of the run is left, and it says why. */
  private void failed(EngineException why) {
    if (!current.starting()) {
      return; // it was never tried
    }
    attachments.end();
    String message = String.valueOf(why.getMessage());
    State old = state();
    try {
      settle();
      put(
          current
              .starting(false, current.prepared())
              .with(
                  new State(
                      old.started() == null ? Status.CREATED : Status.EXITED,
                      0,
                      old.created(),
                      old.started(),
                      old.finished(),
                      StartFailure.exitCode(message),
                      false,
                      message)));
    } catch (IOException | RuntimeException more) {
      why.addSuppressed(more);
    }
    keeper.changed(this);
  }

  /** Clears away what the last run left. Under the lock, and only when nothing runs. */
  private void settle() throws IOException {
    if (unsettled) {
      ground.release(!current.starting());
      unsettled = false;
    }
    Optional<Preparation> preparation = keeper.preparation(spec().owner());
    if (current.prepared() && preparation.isPresent()) {
      preparation.get().release(this);
      put(current.starting(current.starting(), false));
    }
  }

  /** Clears away what the last run left, when there is time; its owner may be known only now. */
  void settleQuietly() {
    lock.lock();
    try {
      if (!removed && !isActive() && !current.starting()) {
        settle();
      }
    } catch (IOException | RuntimeException e) {
      log.warn("Container {} is not wholly released: {}", id(), e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  private static String word(Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  private boolean isActive() {
    return state().status() == Status.RUNNING || state().status() == Status.PAUSED;
  }

  private void requirePresent() {
    if (removing) {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "Container " + id() + " was removed");
    }
  }

  // --- ends ---

  /** Has the end of a run told when its conmon ends, which is when all it wrote is written. */
  private void watch() {
    long run = current.conmonStarted();
    host.processExits()
        .onExit(current.conmonPid())
        .thenRunAsync(
            () -> {
              if (current.conmonStarted() == run) {
                conmonEnded();
              }
            },
            task -> Thread.ofVirtual().name("exit-" + id()).start(task));
  }

  private void conmonEnded() {
    ExitFile.read(ground.exitFile())
        .ifPresentOrElse(
            exit -> ended(exit.code(), exit.at(), ""),
            () -> {
              boolean runs = ProcessIdentity.isAlive(state().pid(), current.processStarted());
              if (runs) {
                kill(current, Signals.KILL);
                ground.killRest();
              }
              ended(
                  LOST,
                  Instant.now(),
                  runs || ground.isOccupied()
                      ? "conmon, which held the container, is gone"
                      : "the machine was restarted while the container ran");
            });
  }

  private void ended(int code, Instant at, String message) {
    Optional<Duration> pause = Optional.empty();
    lock.lock();
    try {
      if (removed || !isActive()) {
        return;
      }
      State old = state();
      boolean oom = host.cgroups().oomKilled(definition.cgroup());
      State end = new State(Status.EXITED, 0, old.created(), old.started(), at, code, oom, message);
      pause = removing ? pause : keeper.restartAfter(this, end, current.stopped());
      if (pause.isPresent()) {
        end = new State(Status.RESTARTING, 0, old.created(), old.started(), at, code, oom, message);
      }
      attachments.disconnect();
      put(
          current
              .with(0, 0, 0)
              .stopped(current.stopped(), current.restarts() + (pause.isPresent() ? 1 : 0))
              .with(end));
      ends.ended(end);
      keeper.changed(this);
    } catch (IOException e) {
      log.error("The end of container {} can't be written down", id(), e);
    } finally {
      lock.unlock();
    }
    settleQuietly();
    pause.ifPresent(time -> keeper.restart(this, time));
  }

  @Override
  public void kill(int signal) {
    int own = spec().stopSignal();
    if (signal == Signals.KILL || own == 0 || own == signal) {
      markStopped();
    }
    Current now = current;
    kill(now, signal);
    if (signal == Signals.KILL && now.state().status() == Status.PAUSED) {
      host.cgroups().freeze(definition.cgroup(), false); // the frozen die when they thaw
    }
  }

  private static void kill(Current now, int signal) {
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
    if (spec().supervision().restart().policy() == ContainerSpec.Restart.Policy.NO) {
      return;
    }
    lock.lock();
    try {
      State old = state();
      if (removed || (current.stopped() && old.status() != Status.RESTARTING)) {
        return;
      }
      Current next = current.stopped(true, current.restarts());
      if (old.status() != Status.RESTARTING) {
        put(next);
        return;
      }
      put(
          next.with(
              new State(
                  Status.EXITED,
                  0,
                  old.created(),
                  old.started(),
                  old.finished(),
                  old.exitCode(),
                  old.oomKilled(),
                  old.message())));
      keeper.changed(this);
    } catch (IOException e) {
      throw StartFailure.of(id(), "stopped", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop(Duration grace) {
    CompletableFuture<State> end = ends.next();
    markStopped();
    if (isActive() && !grace.isZero()) {
      kill(current, spec().stopSignal() == 0 ? Signals.TERM : spec().stopSignal());
      if (state().status() == Status.PAUSED) {
        resume(); // the frozen hear no signal
      }
      if (waitFor(end, grace)) {
        return;
      }
    }
    forceDown();
  }

  private void forceDown() {
    CompletableFuture<State> end = ends.next();
    markStopped();
    if (!isActive()) {
      return;
    }
    kill(Signals.KILL);
    if (!waitFor(end, DEATH)) {
      ground.killRest();
      if (!waitFor(end, DEATH)) {
        throw new EngineException(
            EngineException.Code.RUNTIME,
            "Container "
                + id()
                + " can't be killed: process "
                + state().pid()
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
      return !isActive();
    } catch (ExecutionException removedMeanwhile) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.INTERNAL, "Waiting for container " + id() + " was interrupted", e);
    }
  }

  @Override
  public CompletableFuture<State> nextExit() {
    CompletableFuture<State> next = ends.next();
    State now = state();
    return now.status() == Status.EXITED ? CompletableFuture.completedFuture(now) : next;
  }

  @Override
  public CompletableFuture<State> nextRunExit() {
    return ends.next();
  }

  @Override
  public int awaitExit() throws InterruptedException {
    try {
      return nextExit().get().exitCode();
    } catch (ExecutionException removedMeanwhile) {
      return state().exitCode();
    }
  }

  @Override
  public void pause() {
    freeze(Status.RUNNING, Status.PAUSED);
  }

  @Override
  public void resume() {
    freeze(Status.PAUSED, Status.RUNNING);
  }

  private void freeze(Status from, Status to) {
    lock.lock();
    try {
      requirePresent();
      State old = state();
      if (old.status() != from) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container " + id() + " is " + word(old.status()) + ", not " + word(from));
      }
      host.cgroups().freeze(definition.cgroup(), to == Status.PAUSED);
      put(
          current.with(
              new State(
                  to, old.pid(), old.created(), old.started(), null, 0, false, old.message())));
      keeper.changed(this);
    } catch (IOException e) {
      throw StartFailure.of(id(), to == Status.PAUSED ? "paused" : "resumed", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void remove() {
    removing = true; // from here on no run begins
    boolean done = false;
    lock.lock();
    try {
      while (!removed && isActive()) {
        lock.unlock();
        try {
          forceDown();
        } finally {
          lock.lock();
        }
      }
      if (!removed) {
        discard();
        keeper.changed(this);
      }
      done = true;
    } catch (IOException e) {
      throw StartFailure.of(id(), "removed", e);
    } finally {
      removing = done;
      lock.unlock();
    }
  }

  /** Takes everything away, in the order that lets a daemon that is killed meanwhile go on. */
  private void discard() throws IOException {
    removing = true;
    settle();
    keeper.preparation(spec().owner()).ifPresent(preparation -> preparation.release(this));
    if (spec().logPath() != null) {
      LogFiles.delete(spec().logPath());
    }
    record.deleteDefinition();
    ground.clear();
    record.delete();
    removed = true;
    attachments.end();
    ends.close(id());
    keeper.removed(this);
  }

  // --- adoption ---

  /** Finds out what became of it while no daemon ran. */
  void adopt() throws IOException {
    current =
        record
            .readCurrent()
            .orElseGet( // the power went before its state was on the disk
                () ->
                    new Current(
                        new State(
                            Status.EXITED,
                            0,
                            definition.created(),
                            null,
                            null,
                            LOST,
                            false,
                            "its state was lost when the machine went down")));
    unsettled = ground.isOccupied();
    if (isActive()) {
      adoptRun();
    } else if (current.starting()) {
      adoptStart();
    } else if (state().status() == Status.CREATED && unsettled) {
      // One of an earlier version, which was created in the runtime before it was started.
      current = current.starting(true, current.prepared());
      settleQuietlyNow();
      put(current.starting(false, current.prepared()).with(with(state(), Status.CREATED)));
    } else {
      settleQuietlyNow();
    }
  }

  private static State with(State old, Status status) {
    return new State(
        status,
        0,
        old.created(),
        old.started(),
        old.finished(),
        old.exitCode(),
        old.oomKilled(),
        old.message());
  }

  private void settleQuietlyNow() {
    try {
      settle();
    } catch (IOException | RuntimeException e) {
      log.warn("Container {} is not wholly released: {}", id(), e.getMessage());
    }
  }

  private void adoptRun() throws IOException {
    ground.root().adopt(definition);
    State state = state();
    if (ProcessIdentity.isAlive(current.conmonPid(), current.conmonStarted())) {
      boolean frozen = host.cgroups().isFrozen(definition.cgroup());
      if (frozen != (state.status() == Status.PAUSED)) {
        put(
            current.with(
                new State(
                    frozen ? Status.PAUSED : Status.RUNNING,
                    state.pid(),
                    state.created(),
                    state.started(),
                    null,
                    0,
                    false,
                    state.message())));
      }
      attachments.connect(ground.attachSocket());
      watch();
    } else {
      conmonEnded();
    }
  }

  /** The daemon was killed while it started it: the run goes on if its process had begun. */
  private void adoptStart() throws IOException {
    int conmon = ground.conmonPid();
    int pid = ground.processPid();
    boolean begun = pid > 0 && !host.runtime().waitsForStart(id());
    boolean over = ExitFile.read(ground.exitFile()).isPresent();
    if (begun && (conmon > 0 || over)) {
      State old = state();
      current =
          current
              .starting(false, current.prepared())
              .with(ProcessIdentity.startTicks(pid), conmon, ProcessIdentity.startTicks(conmon))
              .with(
                  new State(Status.RUNNING, pid, old.created(), Instant.now(), null, 0, false, ""));
      adoptRun();
      if (isActive()) {
        put(current);
      }
      return;
    }
    settleQuietlyNow();
    put(
        current
            .starting(false, current.prepared())
            .with(with(state(), state().started() == null ? Status.CREATED : Status.EXITED)));
  }

  // --- the rest ---

  @Override
  public ExecSession exec(ExecSpec spec) {
    if (state().status() != Status.RUNNING) {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "Nothing can be run in container " + id() + ": it is " + word(state().status()));
    }
    return RuntimeExec.start(this, spec);
  }

  @Override
  public ExecSession attach(boolean stdin, boolean stdout, boolean stderr) {
    requirePresent();
    return attachments.add(new AttachSession(this, ends.next(), stdin, stdout, stderr));
  }

  @Override
  public void resize(int columns, int rows) {
    size = new Size(columns, rows);
    if (spec().tty() && isActive()) {
      ConmonControl.resize(bundle(), columns, rows);
    }
  }

  @Override
  public void reopenLog() {
    if (spec().logPath() != null && isActive()) {
      ConmonControl.reopenLog(bundle());
    }
  }

  @Override
  public void update(Resources resources) {
    lock.lock();
    try {
      requirePresent();
      if (isActive()) {
        host.runtime().update(id(), host.specs().resources(resources));
      }
      keep(spec().toBuilder().resources(resources).build());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void respecify(UnaryOperator<ContainerSpec> change) {
    lock.lock();
    try {
      requirePresent();
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
      lock.unlock();
    }
  }

  private void keep(ContainerSpec next) {
    if (next.equals(spec())) {
      return;
    }
    Definition changed = definition.with(next);
    try {
      record.write(changed);
    } catch (IOException e) {
      throw StartFailure.of(id(), "changed", e);
    }
    definition = changed;
  }

  @Override
  public Stats stats() {
    return ground.stats(spec());
  }

  @Override
  public List<Long> processes() {
    int first = state().pid();
    return host.cgroups().processes(definition.cgroup()).stream()
        .sorted(java.util.Comparator.comparing((Long pid) -> pid != first))
        .toList();
  }

  @Override
  public Tree tree() {
    try {
      requirePresent();
      settleQuietly(); // what a run with ids of its own left shows its files under those
      ground.root().acquire(definition);
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
      public ContainerSpec.UserMapping users() {
        return ground.root().shown();
      }

      @Override
      public void close() {
        if (open.compareAndSet(true, false)) {
          try {
            ground.root().release();
          } catch (IOException e) {
            throw StartFailure.of(id(), "closed", e);
          }
        }
      }
    };
  }

  @Override
  public Health health() {
    Health known = current.health();
    return known == null ? Health.NONE : known;
  }

  @Override
  public int restarts() {
    return current.restarts();
  }
}
