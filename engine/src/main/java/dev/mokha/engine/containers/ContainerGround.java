package dev.mokha.engine.containers;

import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.engine.runtime.Conmon;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.engine.runtime.ProcessTree;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a container occupies on the machine: for a run its bundle, mount, cgroup and entry in the
 * runtime's books; for its whole life its layer and logs. Everything that takes away may be called
 * at any point and again.
 */
final class ContainerGround {
  /** Rounds of killing, each a little longer than the one before: five seconds in all. */
  private static final int KILL_ROUNDS = 100;

  /** How often a layer is walked to see its size, at most. */
  private static final int USAGE_SECONDS = 30;

  private static final String ROOTFS = "rootfs";

  private final RuntimeHost host;
  private final String id;
  private final String cgroup;
  private final Path bundle;
  private final RootMount root;
  private volatile long layerBytes;
  private volatile Instant layerSeen = Instant.EPOCH;

  /** The ground of a container; nothing is there yet, or all of it. */
  ContainerGround(RuntimeHost host, String id, String cgroup) {
    this.host = host;
    this.id = id;
    this.cgroup = cgroup;
    this.bundle = host.runDir().resolve(id);
    this.root = new RootMount(host.snapshots(), host.mapped(), bundle.resolve(ROOTFS));
  }

  Path bundle() {
    return bundle;
  }

  RootMount root() {
    return root;
  }

  Path exitFile() {
    return host.exitDir().resolve(id);
  }

  Path attachSocket() {
    return bundle.resolve("attach");
  }

  /**
   * Makes what a run needs and has conmon create the container.
   *
   * @param run the specification as it was prepared for this run
   * @param size of its terminal; null for the standard one
   * @return its first process, which waits to be started
   */
  int create(Definition definition, ContainerSpec run, RunStart.Size size) throws IOException {
    ContainerSpec spec = definition.spec();
    Files.createDirectories(bundle);
    Files.deleteIfExists(exitFile());
    ContainerSpec mapped = host.mapped().prepare(host.labelling().volumes(run));
    root.acquire(definition, mapped.users());
    Path rootfs = mapped.rootfs() == null ? root.path(definition) : mapped.rootfs();
    ObjectNode config = host.specs().write(mapped, rootfs, cgroup);
    if (size != null && spec.tty()) {
      config
          .path("process")
          .asObject()
          .putObject("consoleSize")
          .put("height", size.rows())
          .put("width", size.columns());
    }
    Optional<String> policy = host.runtime().policies().apply(config);
    DurableFiles.replace(bundle.resolve("config.json"), OciSpec.bytes(config), false);
    if (spec.logPath() != null) {
      Files.createDirectories(spec.logPath().getParent());
    }
    int pid =
        host.conmon()
            .create(
                new Conmon.Request(
                    id,
                    bundle,
                    spec.logPath(),
                    spec.tty(),
                    spec.stdin(),
                    spec.stdinOnce(),
                    run.args().getFirst()));
    host.cgroups().weigh(cgroup, run.resources());
    policy.ifPresent(compiled -> host.runtime().policies().learn(compiled, id));
    return pid;
  }

  /** The conmon that holds it, as conmon wrote it down; 0 when it did not or is gone. */
  int conmonPid() {
    int pid = number("conmon.pid");
    return pid > 0 && isMine(pid) ? pid : 0;
  }

  /** The first process, as conmon wrote it down; 0 when it did not. */
  int processPid() {
    return number(Conmon.pidFile(bundle).getFileName().toString());
  }

  private int number(String file) {
    try {
      return Integer.parseInt(Files.readString(bundle.resolve(file)).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** Whether a process is this container's conmon, and not a later one of that number. */
  private boolean isMine(int pid) {
    try {
      return Files.readString(Path.of("/proc", Integer.toString(pid), "cmdline")).contains(id);
    } catch (IOException gone) {
      return false;
    }
  }

  /** Whether anything of a run is there. */
  boolean isOccupied() {
    return Files.exists(bundle);
  }

  /**
   * Gives back what only a run needs: processes, cgroup, runtime state, bundle, mount.
   *
   * @param dead whether its first process and conmon have ended; else they are killed
   */
  void release(boolean dead) throws IOException {
    if (!dead) {
      int conmon = conmonPid();
      if (conmon > 0) {
        Signals.send(conmon, Signals.KILL); // first, so that it tells of no end
      }
    }
    killRest();
    boolean gone = dead && host.cgroups().remove(cgroup);
    host.runtime().delete(id, gone);
    if (!gone) {
      host.cgroups().remove(cgroup);
    }
    Files.deleteIfExists(exitFile());
    clearBundle();
    root.release();
    host.mapped().release(id);
  }

  private void clearBundle() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(bundle)) {
      for (Path entry : entries) {
        if (!entry.endsWith(ROOTFS)) {
          DurableFiles.delete(entry);
        }
      }
    } catch (NoSuchFileException gone) {
      return;
    }
  }

  /**
   * Kills whoever is still at work on a start that a daemon began: a shell, conmon, the runtime.
   * They have the id in their command lines, and write their numbers down only later.
   */
  void killStarters() {
    boolean found = true;
    for (int round = 0; round < KILL_ROUNDS && found; round++) {
      found = false;
      for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
        int pid = Math.toIntExact(process.pid());
        if (pid != ProcessHandle.current().pid() && isMine(pid)) {
          ProcessTree.kill(pid);
          found = true;
        }
      }
    }
  }

  /** Kills what the first process left: in a PID namespace of someone else's it goes on. */
  void killRest() {
    for (int i = 0; i < KILL_ROUNDS; i++) {
      List<Long> rest = host.cgroups().processes(cgroup);
      if (rest.isEmpty()) {
        return;
      }
      if (host.cgroups().isFrozen(cgroup)) {
        host.cgroups().freeze(cgroup, false);
      }
      rest.forEach(pid -> Signals.send(pid, Signals.KILL));
      try {
        Thread.sleep(1 + i);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Takes away its layer and all that is left; no run is under way. */
  void clear() throws IOException {
    root.drop();
    host.mapped().forget(id);
    host.snapshots().remove(id);
    Files.deleteIfExists(exitFile());
    DurableFiles.delete(bundle);
  }

  long workingSetBytes() {
    return workingSet(host.cgroups().usage(cgroup).memory());
  }

  private static long workingSet(Usage.Memory memory) {
    return Math.max(0, memory.used() - memory.inactiveFile());
  }

  /**
   * What it uses now.
   *
   * @param pid its first process; 0 when it does not run
   */
  Container.Stats stats(ContainerSpec spec, int pid) {
    Usage used = host.cgroups().usage(cgroup);
    if (pid > 0 && !spec.namespaces().network().equals("host")) {
      used = used.with(NetworkCounters.of(pid));
    }
    Instant now = Instant.now();
    if (layerSeen.plusSeconds(USAGE_SECONDS).isBefore(now)) {
      layerSeen = now;
      layerBytes = spec.rootfs() == null ? host.snapshots().usage(id) : 0;
    }
    Usage.Memory memory = used.memory();
    return new Container.Stats(
        now, used.cpu().total(), memory.used(), workingSet(memory), used.pids(), layerBytes, used);
  }
}
