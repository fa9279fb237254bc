package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.containers.Container.ExecSession;
import dev.mokha.engine.containers.Container.ExecSpec;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Processes that clients asked for inside containers. They are remembered for as long as their
 * container is there, ended ones for some minutes more, so that their exit code can be asked for;
 * not over a restart of the daemon, with which they end.
 */
public final class Execs {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration REMEMBERED = Duration.ofMinutes(5);
  private static final int MANY = 512;

  private final ConcurrentHashMap<String, Exec> byId = new ConcurrentHashMap<>();

  /** One process. */
  static final class Exec {
    final String id;
    final DockerContainer container;
    final ExecSpec spec;
    final ObjectNode asked;
    final String detachKeys;
    volatile ExecSession session;
    volatile boolean started;
    volatile Integer exitCode;
    volatile Instant ended;
    volatile int[] size;
    volatile int pid;

    Exec(String id, DockerContainer container, ExecSpec spec, ObjectNode asked, String detachKeys) {
      this.id = id;
      this.container = container;
      this.spec = spec;
      this.asked = asked;
      this.detachKeys = detachKeys;
    }

    boolean running() {
      return started && exitCode == null;
    }

    /** Takes it, so that it starts once. */
    synchronized void take() {
      if (exitCode != null) {
        throw DockerException.conflict("Error: Exec command " + id + " has already run");
      }
      if (started) {
        throw DockerException.conflict("Error: Exec command " + id + " is already running");
      }
      started = true;
    }
  }

  /** Remembers a new one. */
  Exec add(DockerContainer container, ExecSpec spec, ObjectNode asked, String detachKeys) {
    forgetOld();
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    Exec exec = new Exec(HexFormat.of().formatHex(bytes), container, spec, asked, detachKeys);
    byId.put(exec.id, exec);
    container.gone().thenRun(() -> byId.remove(exec.id));
    return exec;
  }

  private void forgetOld() {
    if (byId.size() > MANY) {
      Instant limit = Instant.now().minus(REMEMBERED);
      byId.values().removeIf(exec -> exec.ended != null && exec.ended.isBefore(limit));
    }
  }

  /**
   * The one of an id.
   *
   * @throws DockerException 404
   */
  Exec get(String id) {
    Exec exec = byId.get(id);
    if (exec == null) {
      throw DockerException.notFound("No such exec instance: " + id);
    }
    return exec;
  }

  /** It has ended. */
  void ended(Exec exec, int code) {
    exec.exitCode = code;
    exec.ended = Instant.now();
    exec.pid = exec.session == null ? 0 : exec.session.pid();
    exec.session = null;
  }

  /** Ids of those that run in a container, or wait to. */
  List<String> running(String containerId) {
    return byId.values().stream()
        .filter(exec -> exec.container.id().equals(containerId) && exec.exitCode == null)
        .map(exec -> exec.id)
        .sorted()
        .toList();
  }
}
