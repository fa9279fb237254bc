package dev.mokha.docker.containers;

import dev.mokha.docker.http.Duplex;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container.ExecSession;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection and a process's streams, joined until the process has said all it has to
 * say, or the client lets go.
 */
final class Conversation {
  private static final Logger log = LoggerFactory.getLogger(Conversation.class);

  private final Duplex client;
  private final ExecSession session;
  private final Wanted wanted;
  private final Runnable whenSaid;
  private final Multiplexed out;
  private final CompletableFuture<Boolean> over = new CompletableFuture<>();
  private volatile boolean left;

  /**
   * What of it the client wants.
   *
   * @param tty whether there is a terminal: one stream, and keys to detach
   * @param own whether the process was made for this client (exec): the end of its input is passed
   *     on, and the process outlives the client. Else (attach) the session ends with the client
   * @param closeStdin for an attached one, whether the end of the client's input is the end of the
   *     process's
   * @param keys to detach
   */
  record Wanted(
      boolean tty,
      boolean stdin,
      boolean stdout,
      boolean stderr,
      boolean own,
      boolean closeStdin,
      DetachKeys keys) {}

  /**
   * One that has not begun.
   *
   * @param whenSaid runs when the process has said all, before the client sees the end
   */
  Conversation(Duplex client, ExecSession session, Wanted wanted, Runnable whenSaid) {
    this.client = client;
    this.session = session;
    this.wanted = wanted;
    this.whenSaid = whenSaid;
    this.out = new Multiplexed(client.out(), wanted.tty());
  }

  /**
   * Goes on until its end.
   *
   * @return whether the client detached by its keys
   */
  boolean run() throws InterruptedException {
    if (wanted.stdin()) {
      Thread.ofVirtual().name("docker-stdin").start(this::input);
    }
    Thread errors = Thread.ofVirtual().name("docker-stderr").start(() -> copy(session.stderr(), 2));
    Thread.ofVirtual()
        .name("docker-stdout")
        .start(
            () -> {
              copy(session.stdout(), 1);
              try {
                errors.join();
                whenSaid.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                over.complete(false);
              }
            });
    try {
      boolean detached = over.get();
      client.closeOutput();
      return detached;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private void copy(InputStream from, int stream) {
    boolean shown = stream == 1 ? wanted.stdout() : wanted.stderr();
    byte[] buffer = new byte[1 << 15];
    try {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        if (shown && !left) {
          show(stream, buffer, n);
        }
      }
    } catch (IOException e) {
      log.debug("A stream ended: {}", e.getMessage());
    }
  }

  private void show(int stream, byte[] bytes, int length) {
    try {
      out.write(stream, bytes, 0, length);
    } catch (IOException e) {
      log.debug("A client went away: {}", e.getMessage());
      leave();
    }
  }

  /** The client is no longer there. */
  private void leave() {
    left = true;
    if (!wanted.own()) {
      session.close();
    }
  }

  private void input() {
    boolean detached = false;
    try {
      if (wanted.tty()) {
        detached = wanted.keys().copy(client.in(), session.stdin());
      } else {
        byte[] buffer = new byte[1 << 15];
        for (int n = client.in().read(buffer); n >= 0; n = client.in().read(buffer)) {
          session.stdin().write(buffer, 0, n);
          session.stdin().flush();
        }
      }
    } catch (IOException | EngineException e) {
      log.debug("Input ended: {}", e.getMessage());
    }
    if (detached) {
      over.complete(true);
      leave();
      return;
    }
    try {
      if (wanted.own() || (wanted.closeStdin() && !wanted.tty())) {
        session.stdin().close();
      } else {
        leave(); // dockerd ends its side too when whoever was attached ends his
      }
    } catch (IOException | EngineException e) {
      log.debug("Input can't be ended: {}", e.getMessage());
    }
  }
}
