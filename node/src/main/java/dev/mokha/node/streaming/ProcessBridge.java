package dev.mokha.node.streaming;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects a client's streams with a process in a container until one of them ends. */
public final class ProcessBridge {
  private static final Logger log = LoggerFactory.getLogger(ProcessBridge.class);
  private static final int BUFFER = 32 * 1024;

  private ProcessBridge() {}

  /**
   * Bridges, and tells the client how it ended.
   *
   * @param process starts or attaches the process
   */
  public static void run(
      RemoteStreams client, RemoteStreams.Wanted wanted, Supplier<Container.ExecSession> process) {
    try (client;
        OneClose ending = new OneClose(process.get())) {
      Container.ExecSession session = ending.session;
      client.onClose(ending::close);
      client.onResize(session::resize);
      if (wanted.stdin()) {
        Thread.ofVirtual().name("stdin").start(() -> pumpIn(client.stdin(), session));
      }
      Thread stdout =
          Thread.ofVirtual()
              .name("stdout")
              .start(() -> pumpOut(session.stdout(), client.stdout(), wanted.stdout()));
      Thread stderr =
          Thread.ofVirtual()
              .name("stderr")
              .start(
                  () ->
                      pumpOut(session.stderr(), client.stderr(), wanted.stderr() && !wanted.tty()));
      int code = session.awaitExit();
      stdout.join();
      stderr.join();
      client.finish(ExecStatus.ofExitCode(code));
    } catch (EngineException e) {
      client.finish(ExecStatus.ofFailure(e.getMessage()));
      client.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A session that is closed once, by its end or because the client is gone. */
  private static final class OneClose implements AutoCloseable {
    private final Container.ExecSession session;
    private final AtomicBoolean closed = new AtomicBoolean();

    OneClose(Container.ExecSession session) {
      this.session = session;
    }

    @Override
    public void close() {
      if (!closed.getAndSet(true)) {
        session.close();
      }
    }
  }

  private static void pumpIn(InputStream from, Container.ExecSession session) {
    byte[] buffer = new byte[BUFFER];
    try (OutputStream to = session.stdin()) {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        to.write(buffer, 0, n);
        to.flush();
      }
    } catch (IOException | IllegalStateException e) {
      log.trace("No more input: {}", e.getMessage());
    }
  }

  // What nobody wants to see is read all the same: the process must not stop for it.
  private static void pumpOut(InputStream from, Sink to, boolean wanted) {
    byte[] buffer = new byte[BUFFER];
    boolean open = wanted;
    try (from) {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        if (open) {
          open = write(to, buffer, n);
        }
      }
      if (open) {
        to.end();
      }
    } catch (IOException | IllegalStateException e) {
      log.trace("No more output: {}", e.getMessage());
    }
  }

  private static boolean write(Sink to, byte[] buffer, int length) {
    try {
      to.write(buffer, 0, length);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
