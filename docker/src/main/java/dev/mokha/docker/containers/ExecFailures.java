package dev.mokha.docker.containers;

import dev.mokha.docker.http.BlockInput;
import dev.mokha.engine.containers.Container.ExecSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What clients are told of a command that the runtime could not run: with dockerd it is the
 * runtime's message on the standard output, since the connection is the command's by then.
 */
final class ExecFailures {
  /** How dockerd begins such a message. */
  static final String PREFIX = "OCI runtime exec failed: ";

  private static final int START_MILLIS = 10_000;
  private static final int PID_MILLIS = 50;

  /** How the messages of runc and crun begin on their own standard error. */
  private static final List<String> RUNTIMES =
      List.of("exec failed:", "time=", "crun:", "executable file `", "open executable:", "chdir `");

  private ExecFailures() {}

  /**
   * Waits until a detached command runs or could not be run.
   *
   * @param end the thread that waits for its end
   * @return why it could not be run; empty when it runs
   */
  static String await(ExecSession session, Thread end) throws InterruptedException {
    for (int i = 0; i < START_MILLIS && end.isAlive() && session.pid() == 0; i++) {
      Thread.sleep(1);
    }
    return session.pid() == 0 ? session.failure() : "";
  }

  /** The session, with such a message where dockerd has it. */
  static ExecSession told(ExecSession session, boolean tty) {
    return new Told(session, tty);
  }

  /** One stream; what the runtime itself says is kept back, and said at the end in other words. */
  private static final class Filtered extends BlockInput {
    private final ExecSession session;
    private final InputStream from;
    private final boolean mayBeRuntime;
    private final boolean says;
    private byte[] held = new byte[0];
    private int next;
    private boolean begun;
    private boolean ended;

    Filtered(ExecSession session, InputStream from, boolean mayBeRuntime, boolean says) {
      this.session = session;
      this.from = from;
      this.mayBeRuntime = mayBeRuntime;
      this.says = says;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      while (true) {
        if (next < held.length) {
          int n = Math.min(length, held.length - next);
          System.arraycopy(held, next, bytes, offset, n);
          next += n;
          return n;
        }
        if (ended) {
          return -1;
        }
        int n = from.read(bytes, offset, length);
        if (n < 0) {
          ended = true;
          hold(says ? failure() : "");
        } else if (begun || !mayBeRuntime || !isRuntimes(bytes, offset, n)) {
          begun = session.pid() > 0;
          return n;
        } else {
          keepBack(bytes, offset, n);
        }
      }
    }

    private void hold(String text) {
      held = text.getBytes(StandardCharsets.UTF_8);
      next = 0;
    }

    private boolean isRuntimes(byte[] bytes, int offset, int length) {
      String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
      return RUNTIMES.stream().anyMatch(says ? text::contains : text::startsWith) && !runs();
    }

    /** Whether there is a process; its id may be written a moment after its first words. */
    private boolean runs() {
      try {
        for (int i = 0; i < PID_MILLIS && session.pid() == 0; i++) {
          Thread.sleep(1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return session.pid() > 0;
    }

    private void keepBack(byte[] bytes, int offset, int length) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.write(bytes, offset, length);
      from.transferTo(all);
      ended = true;
      String failure = failure();
      if (failure.isEmpty()) {
        held = all.toByteArray();
        next = 0;
      } else {
        hold(says ? failure : "");
      }
    }

    private String failure() {
      if (session.pid() > 0) {
        return "";
      }
      try {
        session.awaitExit();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      String said = session.failure();
      return said.isEmpty() ? "" : PREFIX + said + "\r\n";
    }
  }

  private static final class Told implements ExecSession {
    private final ExecSession session;
    private final InputStream stdout;
    private final InputStream stderr;

    Told(ExecSession session, boolean tty) {
      this.session = session;
      this.stdout = new Filtered(session, session.stdout(), tty, true);
      this.stderr = new Filtered(session, session.stderr(), !tty, false);
    }

    @Override
    public OutputStream stdin() {
      return session.stdin();
    }

    @Override
    public InputStream stdout() {
      return stdout;
    }

    @Override
    public InputStream stderr() {
      return stderr;
    }

    @Override
    public void resize(int columns, int rows) {
      session.resize(columns, rows);
    }

    @Override
    public int pid() {
      return session.pid();
    }

    @Override
    public String failure() {
      return session.failure();
    }

    @Override
    public int awaitExit() throws InterruptedException {
      return session.awaitExit();
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
