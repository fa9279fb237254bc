package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Fifo;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.OffCarrier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The program that makes containers: crun where it works, if need be in a {@link RuntimeView}, else
 * runc; and as long as there are containers of one of them, that one.
 *
 * @param program its path
 * @param version its name and version, such as {@code runc 1.1.5}
 * @param stateDir where it keeps what runs
 * @param view what it is shown of the machine
 * @param policies what it made of system call policies before
 */
public record OciRuntime(
    Path program, String version, Path stateDir, RuntimeView view, CompiledPolicies policies)
    implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OciRuntime.class);
  private static final List<String> CANDIDATES = List.of("crun", "runc");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration FIFO_PATIENCE = Duration.ofSeconds(5);

  /** In the runtime's own directory of a container, until it is started. */
  private static final String FIFO = "exec.fifo";

  /** What a runtime writes about a container there. */
  private static final String RUNC_BOOK = "state.json";

  private static final String CRUN_BOOK = "status";

  private static final String CONSOLES = "consoles";

  /** What the probe tries to run; no image has it. */
  private static final String MISSING = "/mokha-probe-missing";

  /** Only of this form is what is remembered of use. */
  private static final int FORMAT = 2;

  private record Probed(
      int format, String fingerprint, String program, String version, boolean viewed) {}

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
    DurableFiles.delete(runDir.resolve(CONSOLES));
    Files.createDirectories(runDir.resolve(CONSOLES));
    List<Path> programs = candidates(stateDir);
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
        if (known.format() == FORMAT && known.fingerprint().equals(fingerprint)) {
          RuntimeView view =
              known.viewed()
                  ? RuntimeView.withoutUnified(cgroups, runDir).orElseGet(RuntimeView::plain)
                  : RuntimeView.plain();
          return of(Path.of(known.program()), known.version(), stateDir, view);
        }
      } catch (JacksonException e) {
        log.debug("{} is probed anew", memory, e);
      }
    }
    StringJoiner refusals = new StringJoiner("; ");
    for (Path program : programs) {
      for (RuntimeView view : views(program, cgroups, runDir)) {
        Optional<String> refusal = probe(program, view, runDir, cgroup);
        if (refusal.isEmpty()) {
          OciRuntime runtime = of(program, version(program), stateDir, view);
          Probed probed =
              new Probed(
                  FORMAT, fingerprint, program.toString(), runtime.version(), view.differs());
          DurableFiles.replace(memory, JsonMapper.shared().writeValueAsBytes(probed), false);
          log.info("Containers are made by {}", runtime.version());
          return runtime;
        }
        log.info("{} does not work here: {}", program, refusal.get());
        refusals.add(program.getFileName() + " says: " + refusal.get());
      }
    }
    throw new EngineException(
        EngineException.Code.RUNTIME, "No OCI runtime works on this machine: " + refusals);
  }

  private static OciRuntime of(Path program, String version, Path stateDir, RuntimeView view) {
    return new OciRuntime(
        program, version, stateDir, view, new CompiledPolicies(isCrun(program), stateDir));
  }

  /** Those installed, the preferred first; only the one that made what is there, if it is there. */
  private static List<Path> candidates(Path stateDir) throws IOException {
    List<Path> programs =
        CANDIDATES.stream().map(OciRuntime::onPath).flatMap(Optional::stream).toList();
    try (Stream<Path> containers = Files.list(stateDir)) {
      // One can't read the other's books.
      Optional<Boolean> byRunc =
          containers
              .filter(
                  state ->
                      Files.exists(state.resolve(RUNC_BOOK))
                          || Files.exists(state.resolve(CRUN_BOOK)))
              .map(state -> Files.exists(state.resolve(RUNC_BOOK)))
              .findFirst();
      if (byRunc.isPresent()) {
        List<Path> maker =
            programs.stream().filter(program -> isCrun(program) != byRunc.get()).toList();
        return maker.isEmpty() ? programs : maker;
      }
    }
    return programs;
  }

  private static List<RuntimeView> views(Path program, Cgroups cgroups, Path runDir) {
    List<RuntimeView> views = new ArrayList<>(List.of(RuntimeView.plain()));
    if (isCrun(program)) {
      RuntimeView.withoutUnified(cgroups, runDir).ifPresent(views::add);
    }
    return views;
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
  private static Optional<String> probe(Path program, RuntimeView view, Path runDir, String cgroup)
      throws IOException {
    Path bundle = runDir.resolve("probe");
    DurableFiles.delete(bundle);
    String id = "probe-" + ProcessHandle.current().pid();
    try {
      Files.createDirectories(bundle.resolve("rootfs/proc"));
      Files.createDirectories(bundle.resolve("rootfs/dev")); // crun wants it
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
      List<String> base = List.of(program.toString(), "--root", state);
      Command.Result result;
      try (RuntimeView.Shown shown = view.now()) {
        result =
            Command.run(
                PATIENCE,
                words(shown.enter(), base, List.of("create", "-b", bundle.toString(), id)));
        Command.run(PATIENCE, words(shown.enter(), base, List.of("delete", "-f", id)));
      } catch (LinuxException e) {
        return Optional.of(e.getMessage());
      }
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
  static String message(String log) {
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

  /** Whether it is to hand the terminal of a command over, at a socket in {@link #consoles}. */
  public boolean handsTerminalsOver() {
    return isCrun(program);
  }

  /** The directory of such sockets; its path is short. */
  public Path consoles() {
    return stateDir.resolveSibling(CONSOLES);
  }

  /**
   * Why it could not make a container.
   *
   * @param said its message
   * @param command what the container was to run
   */
  public String creating(String said, String command) {
    return isCrun(program) ? "crun create failed: " + CrunMessages.translate(said, command) : said;
  }

  /**
   * Why it could not run a command in a container.
   *
   * @param log what it wrote to its log
   * @param command what it was to run
   */
  public String executing(String log, String command) {
    return isCrun(program)
        ? "exec failed: " + CrunMessages.translate(message(log), command)
        : message(log);
  }

  /** A command line of it, for all but making a container. */
  public List<String> command(String... words) {
    return words(
        view.lasting(), List.of(program.toString(), "--root", stateDir.toString()), List.of(words));
  }

  @SafeVarargs
  private static List<String> words(List<String>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
  }

  /**
   * Runs the process of a container that was created. It waits at a FIFO, runc's for a reader and
   * crun's for a byte, and {@code start} is nothing but that: it is done right here, which saves a
   * program.
   */
  public void start(String id) {
    Path fifo = stateDir.resolve(id).resolve(FIFO);
    if (Files.exists(fifo)) {
      try {
        if (isCrun(program)) {
          // Its absence means "running" to crun, and comes before.
          Fifo.writeByte(fifo, () -> Files.delete(fifo));
          return;
        }
        if (OffCarrier.call("runtime-fifo", () -> Fifo.awaitByte(fifo, FIFO_PATIENCE))) {
          Files.deleteIfExists(fifo); // to runc too
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

  private static boolean isCrun(Path program) {
    return program.getFileName().toString().equals("crun");
  }

  /**
   * Removes a container from its books. Of one that is all dead, cgroup too, there is only a
   * directory left; else the runtime itself is asked.
   *
   * @param dead whether none of its processes and cgroups is left
   */
  public void delete(String id, boolean dead) {
    Path state = stateDir.resolve(id);
    if (!Files.exists(state)) {
      return;
    }
    if (dead) {
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

  @Override
  public void close() {
    view.close();
  }
}
