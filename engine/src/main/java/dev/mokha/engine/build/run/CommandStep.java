package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildNetwork;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.dockerfile.Heredoc;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.build.dockerfile.Instruction.RunMount;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.ContainerSpecBuilder;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.images.WorkTree;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** RUN: a container of owner {@code build} on the layers so far. */
final class CommandStep {
  /** Owner of the containers. */
  static final String OWNER = "build";

  /** Of {@code RUN --security=insecure}. */
  private static final Security INSECURE =
      new Security(
          true, List.of(), List.of(), false, false, "unconfined", null, null, "unconfined", "");

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int HOSTNAME = 12;
  private static final String SCRIPTS = "/dev/pipes/";

  private final Build build;
  private final StageRun stage;
  private final Arguments.Stage arguments;

  CommandStep(Build build, StageRun stage, Arguments.Stage arguments) {
    this.build = build;
    this.stage = stage;
    this.arguments = arguments;
  }

  /**
   * What runs; the script is empty, or what a here-document with an interpreter of its own says.
   */
  private record Program(List<String> words, String script, String scriptPath) {}

  StageState run(Instruction.Run run, StageState before) throws IOException, InterruptedException {
    Program program = program(run, before);
    Map<String, String> env = new TreeMap<>(before.configuration().env());
    Map<String, String> declared = arguments.inScope();
    declared.keySet().removeAll(env.keySet());
    StringBuilder createdBy = new StringBuilder();
    if (!declared.isEmpty()) {
      createdBy.append('|').append(declared.size()).append(' ');
      declared.forEach((k, v) -> createdBy.append(k).append('=').append(v).append(' '));
    }
    createdBy.append(String.join(" ", program.words()));
    List<RunMount> mounts = new ArrayList<>();
    StringBuilder more = new StringBuilder();
    more.append(run.command().shell()).append('\0').append(run.network()).append('\0');
    more.append(program.script()).append('\0');
    if (run.security().equals("insecure")) {
      if (!build.request().insecure()) {
        throw new BuildException("security.insecure is not allowed");
      }
      more.append("insecure").append('\0');
    }
    if (!run.command().shell()) {
      more.append(String.join("\0", program.words())).append('\0');
    }
    for (RunMount mount : run.mounts()) {
      RunMount expanded = StepMounts.expand(mount, stage, before);
      mounts.add(expanded);
      more.append(StepMounts.key(expanded, build, stage)).append('\0');
    }
    // A file that is mounted, a network or words that are not a shell's leave no trace in history.
    boolean told =
        run.command().shell()
            && mounts.isEmpty()
            && program.script().isEmpty()
            && run.network().isEmpty()
            && run.security().isEmpty();
    return stage.settle(
        before,
        before.configuration().copy(),
        createdBy.toString(),
        more.toString(),
        run.source(),
        tree -> execute(tree, run, program, mounts, declared, before),
        told);
  }

  private static Program program(Instruction.Run run, StageState before) {
    Instruction.Command command = run.command();
    if (!command.shell()) {
      return new Program(command.words(), "", "");
    }
    List<String> words = new ArrayList<>(before.configuration().shell());
    String text = command.words().getFirst();
    if (run.heredocs().isEmpty()) {
      if (!text.isEmpty()) {
        words.add(text);
      }
      return new Program(words, "", "");
    }
    Heredoc first = run.heredocs().getFirst();
    boolean alone = run.heredocs().size() == 1 && text.matches("<<-?(['\"]?)[^\\s'\"]+\\1");
    if (alone && first.content().startsWith("#!")) {
      String path = SCRIPTS + first.name().replace('/', '_');
      return new Program(List.of(path), first.content(), path);
    }
    if (alone) {
      words.add(first.content());
    } else {
      StringBuilder whole = new StringBuilder(text).append('\n');
      run.heredocs().forEach(heredoc -> whole.append(heredoc.text()));
      words.add(whole.toString());
    }
    return new Program(words, "", "");
  }

  private void execute(
      WorkTree tree,
      Instruction.Run run,
      Program program,
      List<RunMount> mounts,
      Map<String, String> declared,
      StageState before)
      throws IOException, InterruptedException {
    if (program.words().isEmpty()) {
      throw new BuildException("RUN needs a command");
    }
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    String id = HexFormat.of().formatHex(bytes);
    BuildNetwork network = build.place().network().get();
    try (StepMounts made = new StepMounts(build, stage, before)) {
      for (RunMount mount : mounts) {
        made.add(mount);
      }
      if (!program.script().isEmpty()) {
        made.addScript(program.scriptPath(), program.script());
      }
      boolean connected = false;
      try {
        String mode = run.network().isEmpty() ? build.request().network() : run.network();
        String namespace = "";
        List<ContainerSpec.Mount> files = new ArrayList<>();
        switch (mode) {
          case "none" -> {
            // A namespace of its own with nothing in it.
          }
          case "host" -> {
            if (!build.request().hostNetwork()) {
              throw new BuildException(
                  "network.host is not allowed: who builds needs the right to the host's network");
            }
            namespace = "host";
            for (String file : List.of("/etc/resolv.conf", "/etc/hosts")) {
              files.add(ContainerSpec.Mount.bind(Path.of(file).toRealPath(), file, true));
            }
          }
          default -> {
            connected = true;
            BuildNetwork.Connection connection =
                network.connect(
                    id, mode.isEmpty() ? "default" : mode, build.request().extraHosts());
            namespace = connection.namespace();
            files.addAll(connection.files());
          }
        }
        files.addAll(made.mounts());
        MountPoints points =
            MountPoints.look(
                tree.root(), files.stream().map(ContainerSpec.Mount::destination).toList());
        ContainerSpec spec =
            spec(id, tree, program, environment(before, declared, made), namespace, files, before)
                .security(run.security().equals("insecure") ? INSECURE : Security.DEFAULT)
                .build();
        int code = execute(spec);
        requireGoingOn(); // or it was killed because the build has ended
        if (code != 0) {
          throw BuildException.command(String.join(" ", program.words()), code);
        }
        points.clear();
      } finally {
        if (connected) {
          Uninterrupted.run(() -> network.disconnect(id));
        }
      }
    }
  }

  private List<String> environment(
      StageState before, Map<String, String> declared, StepMounts mounts) {
    List<String> env = new ArrayList<>(before.configuration().list("Env"));
    declared.forEach((name, value) -> env.add(name + "=" + value));
    Map<String, String> set = before.configuration().env();
    arguments
        .undeclared()
        .forEach(
            (name, value) -> {
              if (!set.containsKey(name)) {
                env.add(name + "=" + value);
              }
            });
    mounts.env().forEach((name, value) -> env.add(name + "=" + value));
    return env;
  }

  private ContainerSpecBuilder spec(
      String id,
      WorkTree tree,
      Program program,
      List<String> env,
      String namespace,
      List<ContainerSpec.Mount> mounts,
      StageState before) {
    BuildRequest request = build.request();
    return ContainerSpec.builder()
        .id(id)
        .owner(OWNER)
        .labels(request.containerLabels())
        .rootfs(tree.root())
        .args(program.words())
        .env(env)
        .workingDir(before.configuration().workingDir())
        .user(new ContainerSpec.User(before.configuration().text("User"), List.of()))
        .hostname(id.substring(0, HOSTNAME))
        .namespaces(new ContainerSpec.Namespaces(namespace, "", "", "", ""))
        .mounts(mounts)
        .resources(request.resources())
        .cgroupParent(request.cgroupParent())
        .rlimits(request.rlimits())
        .shmBytes(request.shmBytes());
  }

  /**
   * Runs a container on a thread that nobody interrupts: an interrupt in the midst of its start or
   * removal would leave it half-made. A cancelled build kills its command instead.
   */
  private int execute(ContainerSpec spec) throws InterruptedException {
    CompletableFuture<Integer> code = new CompletableFuture<>();
    Thread worker =
        Thread.ofVirtual()
            .name("run-" + spec.id())
            .start(
                () -> {
                  try {
                    code.complete(carryOut(spec));
                  } catch (Throwable t) {
                    code.completeExceptionally(t);
                  }
                });
    try {
      return code.get();
    } catch (InterruptedException e) {
      Uninterrupted.run(() -> join(worker));
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException) {
        throw new InterruptedException();
      }
      throw StageGraph.rethrown(e.getCause());
    }
  }

  private static void join(Thread worker) {
    try {
      worker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int carryOut(ContainerSpec spec) throws InterruptedException {
    int step = stage.step();
    build.emit(new BuildEvent.Running(step, spec.id()));
    Container container = build.place().containers().create(spec);
    boolean ended = false;
    Runnable kill = () -> container.kill(Signals.KILL);
    StepOutput output = new StepOutput(build, step, kill);
    try (Container.ExecSession session = container.attach(output)) {
      requireGoingOn();
      container.start();
      build.onCancel(kill);
      awaitOutput(session);
      int code = session.awaitExit();
      output.end();
      ended = code == 0;
      return code;
    } finally {
      build.ended(kill);
      Uninterrupted.run(container::remove);
      if (ended) {
        build.emit(new BuildEvent.Removed(step, spec.id()));
      }
    }
  }

  private void requireGoingOn() throws InterruptedException {
    if (build.isCancelled()) {
      throw new InterruptedException();
    }
  }

  /** Returns when all that the command wrote was told. */
  private static void awaitOutput(Container.ExecSession session) throws InterruptedException {
    try {
      session.stdout().transferTo(OutputStream.nullOutputStream());
    } catch (IOException ended) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
