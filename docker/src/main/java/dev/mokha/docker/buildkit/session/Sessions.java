package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.wire.Peer;
import dev.mokha.docker.buildkit.wire.Rpcs;
import dev.mokha.docker.http.Caller;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Duplex;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The sessions that are open, by id. */
public final class Sessions {
  /** Names of the headers of {@code POST /session}, as BuildKit's clients send them. */
  private static final String ID = "X-Docker-Expose-Session-Uuid";

  private static final String METHOD = "X-Docker-Expose-Session-Grpc-Method";
  private static final int MAX_ID = 256;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();
  private final Map<String, Session> open = new HashMap<>();

  /** Serves {@code POST /session}: blocks until the session ends. */
  public void serve(Request request, Response response, Rpcs rpcs) throws IOException {
    String id = request.header(ID);
    if (id.isEmpty() || id.length() > MAX_ID) {
      throw DockerException.invalid("a session needs an id in the header " + ID);
    }
    Set<String> methods = new HashSet<>();
    request.headers(METHOD).forEach(method -> methods.add(method.toLowerCase(Locale.ROOT)));
    lock.lock();
    try {
      if (open.containsKey(id)) {
        throw new DockerException(409, "session " + id + " already exists");
      }
      open.put(id, null); // nobody else may have it; not yet to be found
    } finally {
      lock.unlock();
    }
    try (Duplex duplex = response.upgrade("h2c");
        Peer peer = rpcs.ask(duplex)) {
      Session session = new Session(id, request.caller(), methods, peer);
      lock.lock();
      try {
        open.put(id, session);
        opened.signalAll();
      } finally {
        lock.unlock();
      }
      peer.over().join();
    } finally {
      lock.lock();
      try {
        open.remove(id);
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * A caller's session; one that is only about to be opened is waited for.
   *
   * @return empty when there is none by then, or it is somebody else's
   */
  public Optional<Session> await(String id, Caller caller, Duration atMost)
      throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (open.get(id) == null && left > 0) {
        left = opened.awaitNanos(left);
      }
      return Optional.ofNullable(open.get(id)).filter(found -> found.owner().equals(caller));
    } finally {
      lock.unlock();
    }
  }

  /** How many are open. */
  public int count() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }
}
