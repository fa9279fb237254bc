package dev.mokha.engine.containers;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** One container. All methods may be called from any thread; those that act block until done. */
public interface Container {
  /** Its id. */
  String id();

  /** What it was created from. */
  ContainerSpec spec();

  /** What it does now. */
  State state();

  /**
   * Runs its process; one that has exited runs again, on the root file system it left. Its owner's
   * {@link Preparation} is asked first. When it fails, nothing of the run is left; the state stays
   * CREATED or EXITED and has the message, and the exit code 127 (no such program), 126 (it can't
   * be executed) or 128.
   */
  void start();

  /** Sends a signal to its first process; does nothing when it does not run. */
  void kill(int signal);

  /**
   * Sends the stop signal, waits, then kills; returns when it has exited. Frozen processes go on
   * first. No policy starts it again.
   *
   * @param grace how long to wait; zero to kill at once, negative to wait for ever
   */
  void stop(Duration grace);

  /** Freezes all its processes. */
  void pause();

  /** Lets frozen processes go on. */
  void resume();

  /** Removes it, its root file system and its logs; kills it first if it still runs. */
  void remove();

  /** Waits as {@link #nextExit} does; the exit code. */
  int awaitExit() throws InterruptedException;

  /** Runs one more process inside, connected to streams. */
  ExecSession exec(ExecSpec spec);

  /**
   * The same for a process that outlives the daemon: it goes on without its client, and {@link
   * #findExec} finds it again. One with a terminal ends with its terminal, which is the daemon's.
   *
   * @param id of letters and digits, by which no other process of the container is called
   */
  ExecSession exec(ExecSpec spec, String id);

  /**
   * What became of a process that an earlier daemon ran under an id. The session's streams are
   * empty; closing it after its end forgets the process. Empty when nothing is known of it, as
   * after another run of the container.
   */
  java.util.Optional<ExecSession> findExec(String id);

  /**
   * Connects to the streams of its first process. Of one that does not run yet, to those of its
   * next run: nothing it writes is missed.
   */
  ExecSession attach(boolean stdin, boolean stdout, boolean stderr);

  /**
   * The same for output alone, in the order it was written. The session's own streams have nothing,
   * and end when all was told.
   */
  ExecSession attach(OutputListener listener);

  /** Sets the size of its terminal. */
  void resize(int columns, int rows);

  /** Changes its limits, at once when it runs, and for all later runs. */
  void update(Resources resources);

  /**
   * Changes its specification for all later runs, and its restart policy at once. Id, owner, image
   * and root stay.
   *
   * @throws dev.mokha.engine.EngineException INVALID when one of those differs
   */
  void respecify(UnaryOperator<ContainerSpec> change);

  /**
   * The next end from now on: of the run under way, or of the next one. Completes at once with the
   * last state when it has exited; ends with NOT_FOUND when it is removed before it ever ran.
   */
  CompletableFuture<State> nextExit();

  /**
   * The end of the run under way or, when there is none, of the next one; also of a container that
   * has exited before (Docker's wait condition {@code next-exit}). Ends with NOT_FOUND when it is
   * removed first.
   */
  CompletableFuture<State> nextRunExit();

  /** Host ids of all its processes, the first one first; empty when it does not run. */
  List<Long> processes();

  /**
   * Its root file system as the host sees it, mounted for as long as this is open, whether it runs
   * or not. Paths below are links of its own: resolve them with {@link
   * dev.mokha.engine.snapshots.RootedTree}.
   */
  Tree tree();

  /** How its health is, as its checks say. */
  Health health();

  /** How often it was restarted by policy since somebody started it. */
  int restarts();

  /** What it uses now. */
  Stats stats();

  /**
   * The memory it uses now, in bytes, without file cache that can go at once: a part of {@link
   * #stats} that costs a few reads. 0 when it does not run.
   */
  long workingSetBytes();

  /** Has conmon begin a new log file after the old one was renamed. */
  void reopenLog();

  /** What a container may be doing. */
  enum Status {
    CREATED,
    RUNNING,
    PAUSED,
    /** It has exited, and its policy starts it again in a moment. */
    RESTARTING,
    EXITED,
    UNKNOWN
  }

  /**
   * A container's state.
   *
   * @param status what it does
   * @param pid its first process on the host; 0 when it does not run
   * @param created when it was created
   * @param started when it was started; null before
   * @param finished when it exited; null before
   * @param exitCode 128 + signal when it was killed by one
   * @param oomKilled whether the kernel killed it for memory
   * @param message why it could not run, as the runtime said it; empty when all is well
   */
  record State(
      Status status,
      int pid,
      Instant created,
      Instant started,
      Instant finished,
      int exitCode,
      boolean oomKilled,
      String message) {
    /** The same in another status, with no process unless it is one with a process. */
    State with(Status next) {
      boolean runs = next == Status.RUNNING || next == Status.PAUSED;
      return new State(
          next, runs ? pid : 0, created, started, finished, exitCode, oomKilled, message);
    }

    /** The state of a run that has just begun. */
    State running(int newPid, Instant at) {
      return new State(Status.RUNNING, newPid, created, at, null, 0, false, "");
    }

    /** The state after the end of a run. */
    State ended(Status next, Instant at, int code, boolean oom, String why) {
      return new State(next, 0, created, started, at, code, oom, why);
    }
  }

  /**
   * A process to run inside.
   *
   * @param command the words
   * @param env {@code KEY=value}, added to the container's own
   * @param user {@code user[:group]}; empty for the container's own
   * @param workingDir empty for the container's own
   * @param tty whether it gets a terminal
   * @param stdin whether it gets an input
   * @param privileged whether it gets all capabilities
   * @param detached whether it goes on by itself: without streams, and after the session's end
   * @param columns width its terminal has from the beginning; 0 for the standard
   * @param rows height of the same
   */
  record ExecSpec(
      List<String> command,
      List<String> env,
      String user,
      String workingDir,
      boolean tty,
      boolean stdin,
      boolean privileged,
      boolean detached,
      int columns,
      int rows) {
    /** One with streams, and a terminal of the standard size. */
    public ExecSpec(
        List<String> command,
        List<String> env,
        String user,
        String workingDir,
        boolean tty,
        boolean stdin,
        boolean privileged) {
      this(command, env, user, workingDir, tty, stdin, privileged, false, 0, 0);
    }
  }

  /** A root file system that is mounted for a while. */
  interface Tree extends AutoCloseable {
    /** Its directory on the host. */
    Path root();

    /**
     * Under which ids the files show here: of a container that runs with ids of its own, those that
     * they have on the host; else those inside. Whoever reads or sets owners translates them.
     */
    UserMapping users();

    /** Lets it go. */
    @Override
    void close();
  }

  /**
   * Health by checks.
   *
   * @param status what the checks say in sum
   * @param failingStreak failures in a row
   * @param log the last five checks, the oldest first
   */
  record Health(HealthStatus status, int failingStreak, List<Check> log) {
    /** Of a container without checks. */
    public static final Health NONE = new Health(HealthStatus.NONE, 0, List.of());

    /** Copies the log. */
    public Health {
      log = List.copyOf(log);
    }
  }

  /** What checks say in sum. */
  enum HealthStatus {
    NONE,
    STARTING,
    HEALTHY,
    UNHEALTHY
  }

  /**
   * One check.
   *
   * @param start when it began
   * @param end when it ended
   * @param exitCode how; -1 when it was not done in time or could not be run
   * @param output the first 4 KiB it said, to both streams
   */
  record Check(Instant start, Instant end, int exitCode, String output) {}

  /** Hears what a container writes, on one thread; a slow one makes the container wait. */
  @FunctionalInterface
  interface OutputListener {
    /** Something was written to its output or errors. */
    void wrote(boolean error, byte[] bytes);
  }

  /** The streams of a process inside a container. */
  interface ExecSession extends AutoCloseable {
    /** What to write to; closing it ends the process's input. */
    OutputStream stdin();

    /** Its output; with a terminal, all of it. */
    InputStream stdout();

    /** Its errors; empty with a terminal. */
    InputStream stderr();

    /** Sets the terminal's size: programs started after this see it. */
    void resize(int columns, int rows);

    /** Host id of the process; 0 while there is none yet, or when it could not be run. */
    int pid();

    /** Why the process could not be run, as the runtime said it; empty when it ran. */
    String failure();

    /** Waits for its end; the exit code. For an attached session, the container's. */
    int awaitExit() throws InterruptedException;

    /** Ends the session and, for exec that is not detached, kills the process if it still runs. */
    @Override
    void close();
  }

  /**
   * Usage at one moment.
   *
   * @param at when
   * @param cpuNanos CPU time since the start
   * @param memoryBytes all memory charged
   * @param workingSetBytes the same without inactive file cache
   * @param pids processes and threads
   * @param writableLayerBytes disk used by its own layer; walked every 30 seconds at most
   * @param usage the same and more, in full
   */
  record Stats(
      Instant at,
      long cpuNanos,
      long memoryBytes,
      long workingSetBytes,
      long pids,
      long writableLayerBytes,
      Usage usage) {}
}
