package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Fifo;
import dev.mokha.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The program that makes containers: crun where it works, else runc.
 *
 * @param program its path
 * @param version its name and version, such as {@code runc 1.1.5}
 * @param stateDir where it keeps what runs
 */
public record OciRuntime(Path program, String version, Path stateDir) {
  private static final Logger log = LoggerFactory.getLogger(OciRuntime.class);
  private static final List<String> CANDIDATES = List.of("crun", "runc");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration FIFO_PATIENCE = Duration.ofSeconds(5);

  /** In the runtime's own directory of a container, until it is started. */
  private static final String FIFO = "exec.fifo";

  /** What the probe tries to run; no image has it. */
  private static final String MISSING = "/mokha-probe-missing";

  private record Probed(int format, String fingerprint, String program, String version) {}

  /**
   * Finds one that works here. What was found is remembered until a candidate, the kernel or the
   * cgroup mounts change.
   *
   * @param runDir the engine's runtime directory
   * @param cgroup where the probe may make a cgroup
   * @throws EngineException when there is none; the message says what each one said
   */
  public static OciRuntime find(Path runDir, Cgroups cgroups, String cgroup) throws IOException {
    Path stateDir = Files.createDirectories(runDir.resolve("runtime"));
    List<Path> programs =
        CANDIDATES.stream().map(OciRuntime::onPath).flatMap(Optional::stream).toList();
    if (programs.isEmpty()) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "Neither crun nor runc is installed; install one: apt-get install runc");
    }
    String fingerprint = fingerprint(programs, cgroups);
    Path memory = runDir.resolve("runtime.json");
    if (Files.exists(memory)) {
      try {
        Probed known = JsonMapper.shared().readValue(Files.readAllBytes(memory), Probed.class);
        if (known.fingerprint().equals(fingerprint)) {
          return new OciRuntime(Path.of(known.program()), known.version(), stateDir);
        }
      } catch (JacksonException e) {
        log.debug("{} is probed anew", memory, e);
      }
    }
    StringJoiner refusals = new StringJoiner("; ");
    for (Path program : programs) {
      Optional<String> refusal = probe(program, runDir, cgroup);
      if (refusal.isEmpty()) {
        OciRuntime runtime = new OciRuntime(program, version(program), stateDir);
        Probed probed = new Probed(1, fingerprint, program.toString(), runtime.version());
        DurableFiles.replace(memory, JsonMapper.shared().writeValueAsBytes(probed), false);
        log.info("Containers are made by {}", runtime.version());
        return runtime;
      }
      log.info("{} does not work here: {}", program, refusal.get());
      refusals.add(program.getFileName() + " says: " + refusal.get());
    }
    throw new EngineException(
        EngineException.Code.RUNTIME, "No OCI runtime works on this machine: " + refusals);
  }

  private static String fingerprint(List<Path> programs, Cgroups cgroups) throws IOException {
    StringJoiner parts = new StringJoiner(" ");
    parts.add(cgroups.layout()).add(System.getProperty("os.version"));
    for (Path program : programs) {
      parts.add(program + "@" + Files.getLastModifiedTime(program));
    }
    return parts.toString();
  }

  /** A program of the search path or the usual system directories. */
  static Optional<Path> onPath(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin";
    for (String directory : path.split(":")) {
      Path program = Path.of(directory.isEmpty() ? "/" : directory).resolve(name);
      if (Files.isExecutable(program) && Files.isRegularFile(program)) {
        return Optional.of(program);
      }
    }
    return Optional.empty();
  }

  private static String version(Path program) {
    String first =
        Command.run(PATIENCE, List.of(program.toString(), "--version"))
            .output()
            .lines()
            .findFirst()
            .orElse("");
    return first.replace(" version ", " ").replaceAll("\\+.*", "").strip();
  }

  /**
   * Has a runtime create a container whose program is missing: one that works gets as far as saying
   * so, one that does not stops before, at the cgroups or the namespaces.
   */
  private static Optional<String> probe(Path program, Path runDir, String cgroup)
      throws IOException {
    Path bundle = runDir.resolve("probe");
    DurableFiles.delete(bundle);
    String id = "probe-" + ProcessHandle.current().pid();
    try {
      Files.createDirectories(bundle.resolve("rootfs/proc"));
      ObjectNode config = JsonMapper.shared().createObjectNode();
      config.put("ociVersion", "1.0.2");
      ObjectNode process = config.putObject("process");
      process.put("cwd", "/").putArray("args").add(MISSING);
      process.putObject("user").put("uid", 0).put("gid", 0);
      config.putObject("root").put("path", bundle.resolve("rootfs").toString());
      config
          .putArray("mounts")
          .addObject()
          .put("destination", "/proc")
          .put("type", "proc")
          .put("source", "proc");
      ObjectNode linux = config.putObject("linux");
      linux.put("cgroupsPath", cgroup + "/" + id);
      var namespaces = linux.putArray("namespaces");
      for (String type : List.of("mount", "pid", "ipc", "uts", "network")) {
        namespaces.addObject().put("type", type);
      }
      Files.write(bundle.resolve("config.json"), OciSpec.bytes(config));
      String state = bundle.resolve("state").toString();
      Command.Result result =
          Command.run(
              PATIENCE,
              List.of(program.toString(), "--root", state, "create", "-b", bundle.toString(), id));
      Command.run(PATIENCE, List.of(program.toString(), "--root", state, "delete", "-f", id));
      return result.output().contains(MISSING) || result.succeeded()
          ? Optional.empty()
          : Optional.of(result.output().lines().reduce((a, b) -> b).orElse("nothing at all"));
    } finally {
      DurableFiles.delete(bundle);
    }
  }

  /**
   * What a runtime says in its log, without the log's decoration.
   *
   * @param log text or JSON lines; the last one counts
   */
  public static String message(String log) {
    String last = log.strip().lines().reduce("", (before, line) -> line);
    if (last.startsWith("{")) {
      try {
        return JsonMapper.shared().readTree(last).path("msg").asString(last);
      } catch (JacksonException plain) {
        return last;
      }
    }
    return Conmon.tidy(last);
  }

  /** A command line of it. */
  public List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.add("--root");
    command.add(stateDir.toString());
    command.addAll(List.of(words));
    return command;
  }

  /**
   * Runs the process of a container that was created. runc's process waits for a reader of a FIFO,
   * and {@code runc start} is nothing but that: it is read right here, which saves a program.
   */
  public void start(String id) {
    Path fifo = stateDir.resolve(id).resolve(FIFO);
    if (isRunc() && Files.exists(fifo)) {
      try {
        if (Fifo.awaitByte(fifo, FIFO_PATIENCE)) {
          Files.deleteIfExists(fifo); // its absence means "running" to runc
          return;
        }
      } catch (LinuxException | IOException e) {
        log.debug("Container {} is started by {}", id, version, e);
      }
    }
    check("start", id, Command.run(PATIENCE, command("start", id)));
  }

  /** Whether a container has been created and not started yet. */
  public boolean waitsForStart(String id) {
    return Files.exists(stateDir.resolve(id).resolve(FIFO));
  }

  private boolean isRunc() {
    return program.getFileName().toString().equals("runc");
  }

  /**
   * Removes a container from its books. Of one that is all dead, cgroup too, runc keeps only a
   * directory; else the runtime itself is asked.
   *
   * @param dead whether none of its processes and cgroups is left
   */
  public void delete(String id, boolean dead) {
    Path state = stateDir.resolve(id);
    if (!Files.exists(state)) {
      return;
    }
    if (dead && isRunc()) {
      try {
        DurableFiles.delete(state);
        return;
      } catch (IOException e) {
        log.debug("Container {} is removed by {}", id, version, e);
      }
    }
    Command.Result result = Command.run(PATIENCE, command("delete", "--force", id));
    if (!result.succeeded() && Files.exists(state)) {
      check("remove", id, result);
    }
  }

  /** Changes limits. */
  public void update(String id, ObjectNode resources) {
    check(
        "update",
        id,
        Command.run(PATIENCE, command("update", "--resources", "-", id), OciSpec.bytes(resources)));
  }

  private void check(String verb, String id, Command.Result result) {
    if (!result.succeeded()) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          version + " could not " + verb + " container " + id + ": " + said(result));
    }
  }

  private static String said(Command.Result result) {
    String output = Conmon.tidy(result.output());
    return output.isEmpty() ? "it ended with " + result.exitCode() + " and said nothing" : output;
  }
}
