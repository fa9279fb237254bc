package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.Nodes;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  private static final String SYNC_FIFO = "sync";

  private final Path program;
  private final OciRuntime runtime;
  private final Path exitDir;
  private final List<Path> escape;

  /**
   * Finds it.
   *
   * @param exitDir where exit files appear, one for each container, called by its id
   * @param cgroupRoot the engine's own cgroup
   */
  public Conmon(OciRuntime runtime, Path exitDir, Cgroups cgroups, String cgroupRoot) {
    this.program =
        OciRuntime.onPath("conmon")
            .orElseThrow(
                () ->
                    new EngineException(
                        EngineException.Code.RUNTIME,
                        "conmon is not installed; install it: apt-get install conmon"));
    this.runtime = runtime;
    this.exitDir = exitDir;
    this.escape = cgroups.escapeTo(cgroupRoot + CGROUP);
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
   */
  public record Request(
      String id, Path bundle, Path log, boolean tty, boolean stdin, boolean stdinOnce) {}

  /**
   * Has a container created.
   *
   * @return its first process, which waits to be started
   * @throws EngineException with what the runtime said
   */
  public int create(Request request) {
    List<String> words = new ArrayList<>();
    words.add("/bin/sh");
    words.add("-c");
    words.add(script());
    words.add(request.bundle().resolve("conmon.log").toString());
    words.add(program.toString());
    words.addAll(List.of("--api-version", "1", "-c", request.id(), "-u", request.id()));
    words.addAll(List.of("-n", request.id().substring(0, Math.min(12, request.id().length()))));
    words.addAll(List.of("-r", runtime.program().toString(), "-b", request.bundle().toString()));
    words.addAll(List.of("--runtime-arg", "--root"));
    words.addAll(List.of("--runtime-arg", runtime.stateDir().toString()));
    words.addAll(List.of("-p", pidFile(request.bundle()).toString()));
    words.addAll(List.of("-P", request.bundle().resolve("conmon.pid").toString()));
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
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder
        .environment()
        .put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().put("_OCI_SYNCPIPE", "3");
    builder.directory(request.bundle().toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Path sync = request.bundle().resolve(SYNC_FIFO);
    try {
      // Not through the process's output: conmon answers after its first process has ended, and
      // Java closes a process's streams at its end.
      Nodes.fifo(sync, 0600);
      return pid(answer(builder, sync), request);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "conmon can't be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.RUNTIME, "Creating " + request.id() + " was interrupted", e);
    }
  }

  /** The line conmon answers; null when it ended without one. */
  private static String answer(ProcessBuilder builder, Path sync)
      throws IOException, InterruptedException {
    BufferedReader answers = null;
    try {
      // A writer of our own, so that opening it for reading does not wait; it goes when conmon has
      // the FIFO open, so that conmon's end is the end of the file.
      try (RandomAccessFile writer = new RandomAccessFile(sync.toFile(), "rw")) {
        answers =
            new BufferedReader(
                new InputStreamReader(new FileInputStream(sync.toFile()), StandardCharsets.UTF_8));
        builder.start().waitFor();
      }
      return answers.readLine();
    } finally {
      if (answers != null) {
        answers.close();
      }
      Files.deleteIfExists(sync);
    }
  }

  /** Leaves the cgroups, opens the sync pipe, becomes conmon. Runs in the bundle. */
  private String script() {
    StringBuilder script = new StringBuilder();
    for (Path procs : escape) {
      script.append("echo 0 2>/dev/null >'").append(procs).append("'; ");
    }
    return script.append("exec 3>" + SYNC_FIFO + " 2>\"$0\"; exec \"$@\"").toString();
  }

  private static int pid(String answer, Request request) throws IOException {
    Path log = request.bundle().resolve("conmon.log");
    String said = Files.exists(log) ? Files.readString(log).strip() : "";
    if (answer == null) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "conmon did not create container " + request.id() + ": " + said);
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
          message.isEmpty() ? "The OCI runtime failed: " + said : tidy(message));
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "conmon answered nonsense: " + answer, e);
    }
  }

  /** The runtime's message without its log decoration. */
  static String tidy(String message) {
    String plain = message.strip();
    int msg = plain.indexOf("msg=\"");
    if (plain.startsWith("time=") && msg >= 0) {
      plain = plain.substring(msg + 5).replaceAll("\"$", "").replace("\\\"", "\"");
    }
    return plain;
  }

  /** Where conmon writes the container's first process. */
  public static Path pidFile(Path bundle) {
    return bundle.resolve("pidfile");
  }
}
