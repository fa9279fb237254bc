package dev.mokha.engine.containers;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One container. All methods may be called from any thread; those that act block until done. */
public interface Container {
  /** Its id. */
  String id();

  /** What it was created from. */
  ContainerSpec spec();

  /** What it does now. */
  State state();

  /** Runs its process. */
  void start();

  /** Sends a signal to its first process; does nothing when it does not run. */
  void kill(int signal);

  /** Sends the stop signal, waits, then kills; returns when it has exited. */
  void stop(Duration grace);

  /** Freezes all its processes. */
  void pause();

  /** Lets frozen processes go on. */
  void resume();

  /** Removes it, its root file system and its logs; kills it first if it still runs. */
  void remove();

  /** Waits for its exit; the exit code. */
  int awaitExit() throws InterruptedException;

  /** Runs one more process inside, connected to streams. */
  ExecSession exec(ExecSpec spec);

  /** Connects to the streams of its first process. */
  ExecSession attach(boolean stdin, boolean stdout, boolean stderr);

  /** Sets the size of its terminal. */
  void resize(int columns, int rows);

  /** Changes its limits while it runs. */
  void update(Resources resources);

  /** What it uses now. */
  Stats stats();

  /** Has conmon begin a new log file after the old one was renamed. */
  void reopenLog();

  /** What a container may be doing. */
  enum Status {
    CREATED,
    RUNNING,
    PAUSED,
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
      String message) {}

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
   */
  record ExecSpec(
      List<String> command,
      List<String> env,
      String user,
      String workingDir,
      boolean tty,
      boolean stdin,
      boolean privileged) {}

  /** The streams of a process inside a container. */
  interface ExecSession extends AutoCloseable {
    /** What to write to; closing it ends the process's input. */
    OutputStream stdin();

    /** Its output; with a terminal, all of it. */
    InputStream stdout();

    /** Its errors; empty with a terminal. */
    InputStream stderr();

    /** Sets the terminal's size. */
    void resize(int columns, int rows);

    /** Waits for its end; the exit code. For an attached session, the container's. */
    int awaitExit() throws InterruptedException;

    /** Ends the session and, for exec, kills the process if it still runs. */
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
   * @param writableLayerBytes disk used by its own layer
   */
  record Stats(
      Instant at,
      long cpuNanos,
      long memoryBytes,
      long workingSetBytes,
      long pids,
      long writableLayerBytes) {}
}
