package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.OffCarrier;
import dev.mokha.linux.Spawn;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Starts conmon, the small program that holds one container: its output, its log, its terminal and
 * its exit code. It leaves the daemon's session and cgroup, so that nothing that ends the daemon
 * ends it.
 */
public final class Conmon {
  /** Where conmon's cgroup is, below the engine's own. */
  static final String CGROUP = "/conmon";

  private static final Logger log = LoggerFactory.getLogger(Conmon.class);
  private static final Path NULL = Path.of("/dev/null");
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final String SYNC_FIFO = "sync";
  private static final String START_FIFO = "start";
  private static final String CONMON_PID = "conmon.pid";

  /** What a broken runtime says is shown, but not let loose on a terminal. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\uFFFD&&[^\\n\\t]]+");

  private static final int MAX_MESSAGE = 1024;

  /** How long a runtime may take to create a container: far beyond what a busy disk costs. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path program;
  private final OciRuntime runtime;
  private final Path exitDir;
  private final List<Path> escape;
  private final Duration patience;

  /**
   * Finds it.
   *
   * @param exitDir where exit files appear, one for each container, called by its id
   * @param cgroupRoot the engine's own cgroup
   */
  public Conmon(OciRuntime runtime, Path exitDir, Cgroups cgroups, String cgroupRoot) {
    this(runtime, exitDir, cgroups.escapeTo(cgroupRoot + CGROUP), PATIENCE);
  }

  /**
   * Finds it.
   *
   * @param escape the files that take a process into conmon's own cgroups
   * @param patience how long the runtime may take to create a container
   */
  Conmon(OciRuntime runtime, Path exitDir, List<Path> escape, Duration patience) {
    this.program =
        OciRuntime.onPath("conmon")
            .orElseThrow(
                () ->
                    new EngineException(
                        EngineException.Code.RUNTIME,
                        "conmon is not installed; install it: apt-get install conmon"));
    this.runtime = runtime;
    this.exitDir = exitDir;
    this.escape = escape;
    this.patience = patience;
  }

  /**
   * What to hold.
   *
   * @param id the container
   * @param bundle directory with config.json; conmon puts its own files there too
   * @param log CRI-format log; null for none
   * @param tty whether the container has a terminal
   * @param stdin whether its input is kept open for attach
   * @param stdinOnce whether the input closes when the first attached client leaves
   * @param command the program it runs, for messages
   */
  public record Request(
      String id,
      Path bundle,
      Path log,
      boolean tty,
      boolean stdin,
      boolean stdinOnce,
      String command) {}

  /**
   * Has a container created.
   *
   * @return its first process, which waits to be started
   * @throws EngineException with what the runtime said, or when it took too long; then nothing that
   *     it began is left running but what is in the container's own cgroup
   */
  public int create(Request request) {
    try (RuntimeView.Shown shown = runtime.view().now()) {
      return create(request, shown.enter());
    } catch (IOException | LinuxException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "conmon can't be run: " + e.getMessage(), e);
    }
  }

  /** With words that come before the runtime's own. */
  private int create(Request request, List<String> enter) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(program.toString());
    words.addAll(List.of("--api-version", "1", "-c", request.id(), "-u", request.id()));
    words.addAll(List.of("-n", request.id().substring(0, Math.min(12, request.id().length()))));
    words.addAll(List.of("-b", request.bundle().toString()));
    List<String> making = new ArrayList<>(enter);
    making.addAll(List.of(runtime.program().toString(), "--root", runtime.stateDir().toString()));
    words.addAll(List.of("-r", making.getFirst()));
    making.stream().skip(1).forEach(word -> words.addAll(List.of("--runtime-arg", word)));
    words.addAll(List.of("-p", pidFile(request.bundle()).toString()));
    words.addAll(List.of("-P", request.bundle().resolve(CONMON_PID).toString()));
    words.addAll(List.of("--exit-dir", exitDir.toString()));
    words.addAll(List.of("--persist-dir", request.bundle().toString()));
    words.addAll(List.of("--full-attach", "--log-level", "error", "--no-sync-log"));
    words.addAll(List.of("-l", request.log() == null ? "none" : "k8s-file:" + request.log()));
    if (request.tty()) {
      words.add("-t");
    }
    if (request.stdin()) {
      words.add("-i");
      if (!request.stdinOnce()) {
        words.add("--leave-stdin-open");
      }
    }
    AtomicBoolean decided = new AtomicBoolean();
    Thread watchdog = Thread.ofVirtual().start(() -> endLate(request, decided));
    String answer = answer(words, request.bundle());
    watchdog.interrupt();
    if (!decided.compareAndSet(false, true)) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "%s did not create container %s within %d s, and was killed"
              .formatted(runtime.version(), request.id(), patience.toSeconds()));
    }
    return pid(answer, request);
  }

  /** Kills conmon, the runtime and what that began, when nothing was decided in time. */
  private void endLate(Request request, AtomicBoolean decided) {
    try {
      Thread.sleep(patience);
    } catch (InterruptedException done) {
      return;
    }
    if (decided.compareAndSet(false, true)) {
      try {
        ProcessTree.kill(
            Long.parseLong(Files.readString(request.bundle().resolve(CONMON_PID)).strip()));
      } catch (IOException | NumberFormatException e) {
        log.warn("The conmon of container {}, which hangs, is unknown", request.id(), e);
      }
    }
  }

  /** Runs conmon in a bundle; the line it answers, null when it ended without one. */
  private String answer(List<String> words, Path bundle) throws IOException {
    Path sync = bundle.resolve(SYNC_FIFO);
    Path start = bundle.resolve(START_FIFO);
    Nodes.fifo(sync, 0600);
    Nodes.fifo(start, 0600);
    int pid = 0;
    try (BufferedReader answers = started(sync)) {
      // Ends of our own, so that nobody waits for another to open a FIFO. The one for writing the
      // answer goes when conmon has it open, so that conmon's end is the end of the file.
      try (RandomAccessFile writer = new RandomAccessFile(sync.toFile(), "rw");
          RandomAccessFile starter = new RandomAccessFile(start.toFile(), "rw")) {
        pid =
            Spawn.start(
                words,
                List.of(PATH, "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4"),
                bundle,
                List.of(
                    new Spawn.Given(NULL, Spawn.READ),
                    new Spawn.Given(NULL, Spawn.WRITE),
                    new Spawn.Given(bundle.resolve("conmon.log"), Spawn.APPEND),
                    new Spawn.Given(sync, Spawn.WRITE),
                    new Spawn.Given(start, Spawn.READ)));
        leaveCgroups(pid);
        starter.write('\n');
        writer.getFD(); // stays open until here
      }
      return OffCarrier.call("conmon-answer", answers::readLine);
    } finally {
      if (pid > 0) {
        Spawn.reap(pid); // conmon has gone on in a process of its own
      }
      Files.deleteIfExists(sync);
      Files.deleteIfExists(start);
    }
  }

  private static BufferedReader started(Path sync) throws IOException {
    // Opening a FIFO for reading waits for a writer: this one is it for a moment.
    try (RandomAccessFile writer = new RandomAccessFile(sync.toFile(), "rw")) {
      writer.getFD();
      return new BufferedReader(
          new InputStreamReader(new FileInputStream(sync.toFile()), StandardCharsets.UTF_8));
    }
  }

  /** conmon waits at its start pipe meanwhile, so that all it begins is where it is. */
  private void leaveCgroups(int pid) {
    for (Path procs : escape) {
      try {
        Files.writeString(procs, Integer.toString(pid));
      } catch (IOException e) {
        log.debug("conmon stays in a cgroup of the daemon's: {}", e.getMessage());
      }
    }
  }

  private int pid(String answer, Request request) throws IOException {
    Path errors = request.bundle().resolve("conmon.log");
    String said = Files.exists(errors) ? text(errors) : "";
    if (answer == null) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "conmon did not create container %s: %s"
              .formatted(
                  request.id(),
                  said.isEmpty() ? "the OCI runtime ended and said nothing" : tidy(said)));
    }
    try {
      JsonNode node = JsonMapper.shared().readTree(answer);
      int pid = node.path("data").asInt(-1); // API version 1; before, it was "pid"
      if (pid > 0) {
        return pid;
      }
      String message = node.path("message").asString("");
      throw new EngineException(
          EngineException.Code.RUNTIME,
          message.isEmpty()
              ? "The OCI runtime failed: " + tidy(said)
              : runtime.creating(tidy(message), request.command()));
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "conmon passed on what is no message: " + tidy(answer), e);
    }
  }

  /** What a program wrote, whatever its bytes are. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
  }

  /** The runtime's message without its log decoration. */
  static String tidy(String message) {
    String plain = UNPRINTABLE.matcher(message).replaceAll("?").strip();
    int msg = plain.indexOf("msg=\"");
    if (plain.startsWith("time=") && msg >= 0) {
      plain = plain.substring(msg + 5).replaceAll("\"$", "").replace("\\\"", "\"");
    }
    return plain.length() > MAX_MESSAGE ? plain.substring(0, MAX_MESSAGE) + " ..." : plain;
  }

  /** Where conmon writes the container's first process. */
  public static Path pidFile(Path bundle) {
    return bundle.resolve("pidfile");
  }
}
