package dev.mokha.engine.containers;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.SeqpacketSocket;
import dev.mokha.linux.netlink.UnixSockets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants the streams of a container's first process. Who comes before a run waits for it, and is
 * connected after conmon has the container created and before its process begins: so nothing is
 * missed. Sessions end with the run.
 */
final class Attachments {
  private static final Logger log = LoggerFactory.getLogger(Attachments.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final List<AttachSession> waiting = new ArrayList<>();
  private Path socket;

  /** Adds a session; connects it at once when there is a run. */
  synchronized AttachSession add(AttachSession session) {
    if (socket == null) {
      waiting.add(session);
    } else {
      session.connect(SeqpacketSocket.connect(socket));
    }
    return session;
  }

  /** A session that was closed before its run needs no connection any more. */
  synchronized void forget(AttachSession session) {
    waiting.remove(session);
  }

  /** A run was found: who comes is connected at once. */
  synchronized void connect(Path attachSocket) {
    socket = attachSocket;
  }

  /**
   * A run is about to begin: connects all who wait, and returns when conmon has them. It takes one
   * connection in each round of its loop, and would give those it has not taken yet nothing of what
   * the process writes meanwhile.
   */
  synchronized void connectBefore(Path attachSocket) {
    socket = attachSocket;
    List<SeqpacketSocket> connections = new ArrayList<>();
    for (AttachSession session : waiting) {
      SeqpacketSocket connection = SeqpacketSocket.connect(attachSocket);
      connections.add(connection);
      session.connect(connection);
    }
    waiting.clear();
    if (connections.isEmpty()) {
      return;
    }
    try (UnixSockets sockets = new UnixSockets()) {
      if (!sockets.awaitAccepted(connections, PATIENCE)) {
        log.warn("conmon takes no connection at {}: first output may be missed", attachSocket);
      }
    } catch (LinuxException e) {
      log.warn("First output may be missed at {}: {}", attachSocket, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** No run any more. Those who were connected see conmon's end; those who still wait go on. */
  synchronized void disconnect() {
    socket = null;
  }

  /** The run they waited for failed to start, or the container is gone. */
  synchronized void end() {
    socket = null;
    waiting.forEach(AttachSession::end);
    waiting.clear();
  }
}
