package dev.mokha.engine.containers;

import dev.mokha.linux.Nodes;
import dev.mokha.linux.OffCarrier;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger log = LoggerFactory.getLogger(HeldExec.class);

  private static final int BUFFER = 1 << 14;

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
  private final SessionPipe stdout = new SessionPipe();
  private final SessionPipe stderr = new SessionPipe();

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
      pump(out, stdout);
      pump(err, stderr);
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

  /** Reads on when nobody wants it any more, so that the process is not held up. */
  private static void pump(Path fifo, SessionPipe to) throws IOException {
    FileInputStream in = new FileInputStream(fifo.toFile());
    OffCarrier.start(
        "exec-output",
        () -> {
          byte[] buffer = new byte[BUFFER];
          try (in) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
              to.put(Arrays.copyOf(buffer, n));
            }
          } catch (IOException e) {
            log.debug("The output of an exec is read no further: {}", e.getMessage());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            to.end();
          }
        });
  }

  /** What comes from now on is thrown away. */
  @Override
  public void close() {
    stdout.close();
    stderr.close();
  }
}
