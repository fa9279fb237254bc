package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.containers.Container.ExecSession;
import dev.mokha.engine.containers.Container.ExecSpec;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Processes that clients asked for inside containers. They are remembered for as long as their
 * container is there, ended ones for some minutes more, so that their exit code can be asked for.
 * Those that were started are on record below their container's directory: a daemon that comes
 * after this one finds them running, or their exit code.
 */
public final class Execs {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration REMEMBERED = Duration.ofMinutes(5);
  private static final int MANY = 512;
  private static final int KILLED = 137;
  private static final String SUFFIX = ".json";
  private static final Logger log = LoggerFactory.getLogger(Execs.class);

  private final DockerContainers containers;

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

  /**
   * What is written down of one that was started.
   *
   * @param format of this record: 1
   * @param spec what runs
   * @param asked the request that made it
   * @param detachKeys of its client
   * @param pid its process on the host; 0 when it is not known yet
   * @param exitCode null while it runs
   * @param ended null while it runs
   */
  record Noted(
      int format,
      ExecSpec spec,
      ObjectNode asked,
      String detachKeys,
      int pid,
      Integer exitCode,
      Instant ended) {}

  /** Execs of containers, none of them known yet. */
  public Execs(DockerContainers containers) {
    this.containers = containers;
  }

  /**
   * Finds what earlier daemons have left.
   *
   * @return those that run still; the end of each is to be awaited
   */
  List<Exec> adopt() {
    List<Exec> running = new ArrayList<>();
    for (DockerContainer container : containers.list()) {
      Path directory = directory(container);
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
        for (Path file : files) {
          adopt(container, file).ifPresent(running::add);
        }
      } catch (IOException | DirectoryIteratorException e) {
        log.warn("Execs of container {} can't be read: {}", container.id(), e.getMessage());
      }
    }
    return running;
  }

  private Optional<Exec> adopt(DockerContainer container, Path file) throws IOException {
    String name = file.getFileName().toString();
    String id = name.substring(0, name.length() - SUFFIX.length());
    Noted noted;
    try {
      noted = Json.MAPPER.readValue(Files.readAllBytes(file), Noted.class);
    } catch (JacksonException e) {
      noted = null;
    }
    if (noted == null
        || noted.spec == null
        || noted.ended != null && noted.ended.isBefore(Instant.now().minus(REMEMBERED))) {
      Files.delete(file);
      return Optional.empty();
    }
    Exec exec = new Exec(id, container, noted.spec, noted.asked, noted.detachKeys);
    exec.started = true;
    exec.pid = noted.pid;
    put(exec);
    if (noted.exitCode != null) {
      exec.exitCode = noted.exitCode;
      exec.ended = noted.ended;
      return Optional.empty();
    }
    Optional<ExecSession> session = container.engine().findExec(id);
    if (session.isEmpty()) {
      ended(exec, KILLED); // with its container's run
      return Optional.empty();
    }
    exec.session = session.get();
    return Optional.of(exec);
  }

  private Path directory(DockerContainer container) {
    return containers.directory(container).resolve("execs");
  }

  /** Writes down that one is about to run, or how it ended. */
  void note(Exec exec) {
    ExecSession session = exec.session;
    Noted noted =
        new Noted(
            1,
            exec.spec,
            exec.asked,
            exec.detachKeys,
            session == null ? exec.pid : session.pid(),
            exec.exitCode,
            exec.ended);
    try {
      synchronized (exec) {
        if (exec.container.gone().isDone()) {
          return;
        }
        Path directory = directory(exec.container);
        if (!Files.isDirectory(directory) && Files.isDirectory(directory.getParent())) {
          Files.createDirectory(directory);
        }
        DurableFiles.replace(
            directory.resolve(exec.id + SUFFIX), Json.MAPPER.writeValueAsBytes(noted), false);
      }
    } catch (IOException e) {
      log.debug("Exec {} is not on record: {}", exec.id, e.getMessage());
    }
  }

  private void put(Exec exec) {
    byId.put(exec.id, exec);
    exec.container.gone().thenRun(() -> byId.remove(exec.id));
  }

  /** Remembers a new one. */
  Exec add(DockerContainer container, ExecSpec spec, ObjectNode asked, String detachKeys) {
    forgetOld();
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    Exec exec = new Exec(HexFormat.of().formatHex(bytes), container, spec, asked, detachKeys);
    put(exec);
    return exec;
  }

  private void forgetOld() {
    if (byId.size() > MANY) {
      Instant limit = Instant.now().minus(REMEMBERED);
      byId.values()
          .removeIf(
              exec -> {
                boolean old = exec.ended != null && exec.ended.isBefore(limit);
                if (old) {
                  forget(exec);
                }
                return old;
              });
    }
  }

  private void forget(Exec exec) {
    try {
      Files.deleteIfExists(directory(exec.container).resolve(exec.id + SUFFIX));
    } catch (IOException e) {
      log.debug("The record of exec {} stays: {}", exec.id, e.getMessage());
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
    note(exec);
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
