package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.SecretSource;
import dev.mokha.engine.build.SshAgents;
import dev.mokha.engine.build.cache.CacheMounts;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.TreeDigest;
import dev.mokha.engine.build.dockerfile.Instruction.RunMount;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.images.WorkTree;
import dev.mokha.engine.snapshots.RootedTree;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes what {@code RUN --mount} asks for, and takes it away when the step is done. */
final class StepMounts implements AutoCloseable {
  private final Build build;
  private final StageRun stage;
  private final StageState before;
  private final List<ContainerSpec.Mount> mounts = new ArrayList<>();
  private final Map<String, String> env = new TreeMap<>();
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private int agents;

  StepMounts(Build build, StageRun stage, StageState before) {
    this.build = build;
    this.stage = stage;
    this.before = before;
  }

  /** For the container. */
  List<ContainerSpec.Mount> mounts() {
    return mounts;
  }

  /** Secrets that are variables, and where the first agent is. */
  Map<String, String> env() {
    return env;
  }

  /** The same with variables expanded and paths made absolute. */
  static RunMount expand(RunMount mount, StageRun stage, StageState before) {
    String target = stage.expand(mount.target(), before);
    return new RunMount(
        mount.type(),
        target.isEmpty() ? "" : Paths.resolve(before.configuration().workingDir(), target),
        stage.expand(mount.source(), before),
        stage.expand(mount.from(), before),
        stage.expand(mount.id(), before),
        mount.writable(),
        mount.sharing(),
        mount.mode(),
        mount.uid(),
        mount.gid(),
        mount.size(),
        mount.required(),
        mount.env());
  }

  /** What a step's result depends on of a mount: for files of the context, their content. */
  static String key(RunMount mount, Build build, StageRun stage)
      throws IOException, InterruptedException {
    String text = mount.toString();
    if (!mount.type().equals("bind")) {
      return text;
    }
    Optional<FileTree> files = files(mount, build);
    if (files.isEmpty()) {
      Optional<StageState> other = stage.await(mount.from());
      return text
          + (other.isPresent()
              ? other.get().key()
              : build.image(mount.from(), stage.step(), "").id());
    }
    TreeDigest digest = new TreeDigest(false);
    digest.add("", node(files.get(), mount));
    return text + digest.finish();
  }

  /** The context that a mount is of; empty when it is of a stage or an image. */
  private static Optional<FileTree> files(RunMount mount, Build build)
      throws IOException, InterruptedException {
    return mount.from().isEmpty()
        ? Optional.of(build.context())
        : build.named().files(mount.from());
  }

  private static FileNode node(FileTree files, RunMount mount) throws IOException {
    return files
        .find(mount.source())
        .map(FileTree.Found::node)
        .orElseThrow(
            () ->
                new BuildException(
                    "failed to compute cache key: \"" + mount.source() + "\": not found"));
  }

  void add(RunMount mount) throws IOException, InterruptedException {
    switch (mount.type()) {
      case "cache" -> addCache(mount);
      case "bind" -> addBind(mount);
      case "tmpfs" -> {
        List<String> options = new ArrayList<>();
        if (mount.size() > 0) {
          options.add("size=" + mount.size());
        }
        mounts.add(
            new ContainerSpec.Mount("", mount.target(), "tmpfs", false, false, "private", options));
      }
      case "secret" -> addSecret(mount);
      case "ssh" -> addAgent(mount);
      default -> throw new IllegalStateException("no such mount: " + mount.type());
    }
  }

  private void addCache(RunMount mount) throws IOException, InterruptedException {
    String id = mount.id().isEmpty() ? mount.target() : mount.id();
    CacheMounts.Use use = build.place().mounts().take(id, mount.sharing());
    toClose.push(use);
    Path path = use.path();
    if (use.isFresh()) {
      if (!mount.from().isEmpty()) {
        Optional<FileTree> files = files(mount, build);
        FileTree tree = files.isPresent() ? files.get() : origin(mount).tree();
        Optional<FileTree.Found> found = tree.find(mount.source());
        if (found.isPresent() && found.get().node().isDirectory()) {
          new TreeWriter(path, Optional.empty(), Optional.empty())
              .entries(found.get().node(), List.of());
        }
      }
      Nodes.owner(path, mount.uid(), mount.gid());
      Nodes.mode(path, mount.mode() < 0 ? 0755 : mount.mode());
    }
    mounts.add(ContainerSpec.Mount.bind(path, mount.target(), !mount.writable()));
  }

  private Build.Shown origin(RunMount mount) throws IOException, InterruptedException {
    return build.show(layers(mount));
  }

  private List<String> layers(RunMount mount) throws InterruptedException {
    Optional<StageState> other = stage.await(mount.from());
    return other.isPresent()
        ? other.get().diffIds()
        : build.image(mount.from(), stage.step(), "").layers();
  }

  private void addBind(RunMount mount) throws IOException, InterruptedException {
    Path path;
    Optional<FileTree> files = files(mount, build);
    if (files.isPresent()) {
      path = Files.createTempDirectory(build.place().scratch(), "bind-");
      Path made = path;
      toClose.push(() -> DurableFiles.delete(made));
      FileNode node = node(files.get(), mount);
      TreeWriter writer = new TreeWriter(path, Optional.of(new Owners(0, 0)), Optional.empty());
      if (node.isDirectory()) {
        writer.entries(node, List.of());
        Nodes.mode(path, 0755);
      } else {
        writer.write(node, List.of("file"));
        path = path.resolve("file");
      }
    } else {
      Path root;
      if (mount.writable()) {
        WorkTree own = build.session().mount(layers(mount)); // what is written is thrown away
        toClose.push(own);
        root = own.root();
      } else {
        root = origin(mount).work().root();
      }
      path = new RootedTree(root).find(mount.source());
      if (path == null) {
        throw new BuildException(
            "failed to compute cache key: \"" + mount.source() + "\": not found");
      }
    }
    mounts.add(ContainerSpec.Mount.bind(path, mount.target(), !mount.writable()));
  }

  private void addSecret(RunMount mount) throws IOException, InterruptedException {
    String id = mount.id();
    if (id.isEmpty()) {
      id = Paths.components(mount.target()).getLast();
    }
    byte[] value = build.request().secrets().secret(id).orElse(null);
    if (value == null) {
      if (mount.required()) {
        throw new BuildException("secret " + id + ": not found");
      }
      return;
    }
    if (value.length > SecretSource.MAX_BYTES) {
      throw new BuildException(
          "secret " + id + " is too large: " + SecretSource.MAX_BYTES + " bytes at most");
    }
    if (!mount.env().isEmpty()) {
      env.put(mount.env(), new String(value, StandardCharsets.UTF_8));
      if (mount.target().isEmpty()) {
        return;
      }
    }
    Path file = Files.createTempFile(build.place().run(), "secret-", "");
    toClose.push(() -> Files.deleteIfExists(file));
    Files.write(file, value);
    Nodes.owner(file, mount.uid(), mount.gid());
    Nodes.mode(file, mount.mode() < 0 ? 0400 : mount.mode());
    String target =
        mount.target().isEmpty()
            ? "/run/secrets/" + Paths.components("/" + id).getLast()
            : mount.target();
    mounts.add(ContainerSpec.Mount.bind(file, target, true));
  }

  private void addAgent(RunMount mount) throws IOException, InterruptedException {
    String id = mount.id().isEmpty() ? SshAgents.DEFAULT_ID : mount.id();
    if (!build.request().agents().has(id)) {
      if (mount.required()) {
        throw new BuildException("no SSH key \"" + id + "\" forwarded from the client");
      }
      return;
    }
    AgentSocket socket = new AgentSocket(build.request().agents(), id, build.place().run());
    toClose.push(socket);
    Nodes.owner(socket.path(), mount.uid(), mount.gid());
    Nodes.mode(socket.path(), mount.mode() < 0 ? 0600 : mount.mode());
    String target = mount.target().isEmpty() ? "/run/buildkit/ssh_agent." + agents : mount.target();
    agents++;
    env.putIfAbsent("SSH_AUTH_SOCK", target);
    mounts.add(ContainerSpec.Mount.bind(socket.path(), target, true));
  }

  /** Adds a program of a here-document. */
  void addScript(String target, String content) throws IOException {
    Path file = Files.createTempFile(build.place().run(), "script-", "");
    toClose.push(() -> Files.deleteIfExists(file));
    Files.writeString(file, content);
    Nodes.mode(file, 0755);
    mounts.add(ContainerSpec.Mount.bind(file, target, true));
  }

  @Override
  public void close() {
    RuntimeException failed = null;
    while (!toClose.isEmpty()) {
      try {
        toClose.pop().close();
      } catch (Exception e) {
        failed = failed == null ? StageGraph.rethrown(e) : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
