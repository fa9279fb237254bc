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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One container: what it does, on disk and in the kernel. Changes are made one at a time, under its
 * lock; its state is read without.
 */
final class ManagedContainer implements Container {
  private static final Logger log = LoggerFactory.getLogger(ManagedContainer.class);

  /** How long a container that was killed may take to be gone. */
  private static final Duration DEATH = Duration.ofSeconds(20);

  /** How long conmon may take from its own end to its exit file being seen. */
  private static final Duration EXIT_FILE_GRACE = Duration.ofSeconds(2);

  private static final int LOST = 255;

  private final RuntimeHost host;
  private final Definition definition;
  private final ContainerRecord record;
  private final ContainerGround ground;
  private final Consumer<ManagedContainer> onChange;
  private final Consumer<ManagedContainer> onRemoved;
  private final ReentrantLock lock = new ReentrantLock();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private volatile Current current;
  private volatile boolean removed;

  /**
   * A container on record.
   *
   * @param onChange hears of each change of state
   * @param onRemoved hears that it is gone
   */
  ManagedContainer(
      RuntimeHost host,
      Definition definition,
      Consumer<ManagedContainer> onChange,
      Consumer<ManagedContainer> onRemoved) {
    this.host = host;
    this.definition = definition;
    this.onChange = onChange;
    this.onRemoved = onRemoved;
    String id = definition.spec().id();
    this.record = new ContainerRecord(host.dataDir().resolve(id));
    this.ground = new ContainerGround(host, definition);
    this.current =
        new Current(
            new State(Status.UNKNOWN, 0, definition.created(), null, null, 0, false, ""), 0, 0, 0);
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
    return ground.rootfs();
  }

  RuntimeHost host() {
    return host;
  }

  // --- life ---

  /** Makes it: definition, root, bundle, conmon. Leaves nothing when that fails. */
  void create() {
    lock.lock();
    try {
      record.write(definition);
      int pid = ground.create();
      int conmon = ground.conmonPid();
      State state = new State(Status.CREATED, pid, definition.created(), null, null, 0, false, "");
      current =
          new Current(
              state, ProcessIdentity.startTicks(pid), conmon, ProcessIdentity.startTicks(conmon));
      record.write(current);
      watchConmon();
    } catch (IOException | RuntimeException e) {
      try {
        discard();
      } catch (IOException | RuntimeException more) {
        e.addSuppressed(more);
      }
      throw failure("create", e);
    } finally {
      lock.unlock();
    }
    onChange.accept(this);
  }

  private EngineException failure(String verb, Exception e) {
    if (e instanceof EngineException known) {
      return known;
    }
    boolean full = String.valueOf(e.getMessage()).contains("o space left");
    return new EngineException(
        full ? EngineException.Code.NO_SPACE : EngineException.Code.INTERNAL,
        "Container " + id() + " could not be " + verb + "d: " + e.getMessage(),
        e);
  }

  @Override
  public void start() {
    lock.lock();
    try {
      requirePresent();
      if (state().status() != Status.CREATED) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container " + id() + " can't be started: it is " + word(state().status()));
      }
      host.runtime().start(id());
      set(Status.RUNNING, Instant.now());
    } catch (IOException e) {
      throw failure("start", e);
    } finally {
      lock.unlock();
    }
    onChange.accept(this);
  }

  private static String word(Status status) {
    return status.name().toLowerCase(java.util.Locale.ROOT);
  }

  private void set(Status status, Instant started) throws IOException {
    State old = state();
    current =
        current.with(
            new State(
                status,
                old.pid(),
                old.created(),
                started,
                old.finished(),
                old.exitCode(),
                old.oomKilled(),
                old.message()));
    record.write(current);
  }

  private void requirePresent() {
    if (removed) {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "Container " + id() + " was removed");
    }
  }

  /** Its end, as its exit file tells. */
  void exited(int code, Instant at, String message) {
    lock.lock();
    try {
      if (removed || state().status() == Status.EXITED) {
        return;
      }
      State old = state();
      boolean oom = host.cgroups().oomKilled(definition.cgroup());
      current =
          current.with(
              new State(Status.EXITED, 0, old.created(), old.started(), at, code, oom, message));
      record.write(current);
    } catch (IOException e) {
      log.error("The end of container {} can't be written down", id(), e);
    } finally {
      lock.unlock();
    }
    exit.complete(code);
    onChange.accept(this);
    Thread.ofVirtual().name("release-" + id()).start(this::releaseQuietly);
  }

  private void releaseQuietly() {
    lock.lock();
    try {
      if (!removed) {
        ground.release(state().pid() == 0);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("Container {} is not wholly released: {}", id(), e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void kill(int signal) {
    State state = state();
    if (state.pid() == 0 || state.status() == Status.EXITED) {
      return;
    }
    Pidfd.open(state.pid())
        .ifPresent(
            process -> {
              try (process) {
                if (ProcessIdentity.isAlive(state.pid(), current.processStarted())) {
                  process.send(signal);
                }
              }
            });
    if (signal == Signals.KILL && state.status() == Status.PAUSED) {
      host.cgroups().freeze(definition.cgroup(), false); // the frozen die when they thaw
    }
  }

  @Override
  public void stop(Duration grace) {
    if (state().status() == Status.RUNNING && !grace.isZero() && !grace.isNegative()) {
      kill(spec().stopSignal() == 0 ? Signals.TERM : spec().stopSignal());
      if (waitFor(grace)) {
        return;
      }
    }
    forceDown();
  }

  private void forceDown() {
    if (state().status() == Status.EXITED) {
      return;
    }
    kill(Signals.KILL);
    if (!waitFor(DEATH)) {
      ground.killRest();
      if (!waitFor(DEATH)) {
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

  private boolean waitFor(Duration atMost) {
    try {
      exit.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.INTERNAL, "Waiting for container " + id() + " was interrupted", e);
    }
  }

  @Override
  public int awaitExit() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
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
      if (state().status() != from) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "Container " + id() + " is " + word(state().status()) + ", not " + word(from));
      }
      host.cgroups().freeze(definition.cgroup(), to == Status.PAUSED);
      set(to, state().started());
    } catch (IOException e) {
      throw failure(to == Status.PAUSED ? "pause" : "resume", e);
    } finally {
      lock.unlock();
    }
    onChange.accept(this);
  }

  @Override
  public void remove() {
    if (removed) {
      return;
    }
    forceDown();
    lock.lock();
    try {
      if (removed) {
        return;
      }
      discard();
    } catch (IOException e) {
      throw failure("remove", e);
    } finally {
      lock.unlock();
    }
    onChange.accept(this);
  }

  private void discard() throws IOException {
    ground.clear(state().pid() == 0, current.conmonPid() > 0);
    record.delete();
    removed = true;
    exit.complete(state().exitCode());
    onRemoved.accept(this);
  }

  // --- adoption ---

  /**
   * Finds out what became of it while no daemon ran.
   *
   * @return false when it was never quite made; then nothing is left of it
   */
  boolean adopt() throws IOException {
    var known = record.readCurrent();
    if (known.isEmpty()) {
      discard();
      return false;
    }
    current = known.get();
    State state = state();
    if (state.status() == Status.EXITED) {
      exit.complete(state.exitCode());
      releaseQuietly();
      return true;
    }
    Path exitFile = host.exitDir().resolve(id());
    if (ExitWatcher.read(exitFile).isPresent()) {
      return true; // told once everything is adopted
    }
    boolean held = ProcessIdentity.isAlive(current.conmonPid(), current.conmonStarted());
    boolean runs = ProcessIdentity.isAlive(state.pid(), current.processStarted());
    if (!held) {
      lost(runs);
      return true;
    }
    if (state.status() == Status.CREATED && !host.runtime().waitsForStart(id())) {
      // Killed between starting it and writing that down.
      set(Status.RUNNING, Instant.now());
    } else if (state.status() == Status.RUNNING && host.cgroups().isFrozen(definition.cgroup())) {
      set(Status.PAUSED, state.started());
    } else if (state.status() == Status.PAUSED && !host.cgroups().isFrozen(definition.cgroup())) {
      set(Status.RUNNING, state.started());
    }
    watchConmon();
    return true;
  }

  /** A container without conmon has no output, no log and no exit code: it can't go on. */
  private void lost(boolean runs) {
    if (runs) {
      kill(Signals.KILL);
      ground.killRest();
    }
    exited(
        LOST,
        Instant.now(),
        runs
            ? "conmon, which held the container, is gone"
            : "the machine was restarted while the container ran");
  }

  private void watchConmon() {
    int pid = current.conmonPid();
    if (pid == 0) {
      return;
    }
    host.processExits()
        .onExit(pid)
        .thenRunAsync(
            () -> {
              if (removed || waitFor(EXIT_FILE_GRACE)) {
                return;
              }
              var code = ExitWatcher.read(host.exitDir().resolve(id()));
              if (code.isPresent()) {
                exited(code.get().code(), code.get().at(), "");
              } else {
                lost(true);
              }
            },
            task -> Thread.ofVirtual().start(task));
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
    Status status = state().status();
    if (status == Status.EXITED || status == Status.UNKNOWN) {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "Container " + id() + " can't be attached to: it is " + word(status));
    }
    return new AttachSession(this, stdin, stdout, stderr);
  }

  @Override
  public void resize(int columns, int rows) {
    if (spec().tty() && state().status() != Status.EXITED) {
      ConmonControl.resize(bundle(), columns, rows);
    }
  }

  @Override
  public void reopenLog() {
    if (spec().logPath() != null && state().status() != Status.EXITED) {
      ConmonControl.reopenLog(bundle());
    }
  }

  @Override
  public void update(Resources resources) {
    lock.lock();
    try {
      requirePresent();
      if (state().status() == Status.EXITED) {
        throw new EngineException(
            EngineException.Code.CONFLICT, "Container " + id() + " has exited");
      }
      host.runtime().update(id(), host.specs().resources(resources));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Stats stats() {
    return ground.stats();
  }

  @Override
  public void respecify(java.util.function.UnaryOperator<ContainerSpec> change) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<State> nextExit() {
    throw new UnsupportedOperationException();
  }

  @Override
  public java.util.List<Long> processes() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tree tree() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Health health() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int restarts() {
    throw new UnsupportedOperationException();
  }
}
