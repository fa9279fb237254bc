package dev.mokha.engine.containers;

import dev.mokha.linux.Nodes;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process of an exec that outlives the daemon. A shell holds it: it waits for the runtime, leaves
 * the exit code in a file, and keeps the FIFOs of its output open at both ends. So nobody gets
 * SIGPIPE when the daemon goes; who writes more than a FIFO holds waits until a daemon is back.
 *
 * <p>Its directory in the container's bundle has {@code holder} (the shell's process id), {@code
 * out}, {@code err}, {@code exit}, and the runtime's own {@code pid}, {@code log} and {@code
 * process.json}.
 */
final class HeldExec implements AutoCloseable {
  /** What directories of execs begin with. */
  static final String PREFIX = "exec-";

  static final String HOLDER = "holder";
  static final String OUT = "out";
  static final String ERR = "err";
  static final String EXIT = "exit";

  private static final String SCRIPT =
      """
      d=$0
      echo $$ >"$d/holder"
      [ -p "$d/out" ] && exec 3<>"$d/out" 4<>"$d/err"
      "$@" 3>&- 4>&-
      c=$?
      echo $c >"$d/exit"
      exit $c
      """;

  private final Path files;
  private final boolean streams;
  private FileInputStream stdout;
  private FileInputStream stderr;

  /**
   * One that has not begun.
   *
   * @param files its directory
   * @param streams whether somebody reads its output
   */
  HeldExec(Path files, boolean streams) {
    this.files = files;
    this.streams = streams;
  }

  /** The directory of the one with an id. */
  static Path directory(Path bundle, String id) {
    if (!id.matches("[A-Za-z0-9]+")) {
      throw new IllegalArgumentException("Not the id of a process: " + id);
    }
    return bundle.resolve(PREFIX + id);
  }

  /** What goes before the runtime's own words. */
  List<String> holder() {
    return List.of("/bin/sh", "-c", SCRIPT, files.toString());
  }

  /** Starts what the builder says, with the FIFOs as its output. */
  Process start(ProcessBuilder builder) throws IOException {
    if (!streams) {
      return builder.start();
    }
    Path out = files.resolve(OUT);
    Path err = files.resolve(ERR);
    Nodes.fifo(out, 0600);
    Nodes.fifo(err, 0600);
    // Both ends at once, so that no opening waits for another.
    try (RandomAccessFile openOut = new RandomAccessFile(out.toFile(), "rw");
        RandomAccessFile openErr = new RandomAccessFile(err.toFile(), "rw")) {
      stdout = new FileInputStream(out.toFile());
      stderr = new FileInputStream(err.toFile());
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
      builder.redirectError(ProcessBuilder.Redirect.appendTo(err.toFile()));
      Process process = builder.start();
      openOut.getFD(); // stay open until here
      openErr.getFD();
      return process;
    }
  }

  InputStream stdout() {
    return stdout;
  }

  InputStream stderr() {
    return stderr;
  }

  @Override
  public void close() {
    try {
      if (stdout != null) {
        stdout.close();
      }
      if (stderr != null) {
        stderr.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
