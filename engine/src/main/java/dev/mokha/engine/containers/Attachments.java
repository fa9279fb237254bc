package dev.mokha.engine.containers;

import dev.mokha.linux.SeqpacketSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who wants the streams of a container's first process. Who comes before a run waits for it, and is
 * connected after conmon has the container created and before its process begins: so nothing is
 * missed. Sessions end with the run.
 */
final class Attachments {
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

  /** A run is about to begin, or was found: connects all who wait. */
  synchronized void connect(Path attachSocket) {
    socket = attachSocket;
    for (AttachSession session : waiting) {
      session.connect(SeqpacketSocket.connect(attachSocket));
    }
    waiting.clear();
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
