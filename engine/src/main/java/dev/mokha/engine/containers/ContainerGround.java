package dev.mokha.engine.containers;

import dev.mokha.engine.containers.ContainerRecord.Definition;
import dev.mokha.engine.content.DurableFiles;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.engine.runtime.Conmon;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a container occupies on the machine: its bundle and mount, its cgroup, its entry in the
 * runtime's books, its files. Everything that takes away may be called at any point and again.
 */
final class ContainerGround {
  /** Rounds of killing, each a little longer than the one before: five seconds in all. */
  private static final int KILL_ROUNDS = 100;

  /** How often a layer is walked to see its size, at most. */
  private static final int USAGE_SECONDS = 30;

  private final RuntimeHost host;
  private final Definition definition;
  private final ContainerSpec spec;
  private final Path bundle;
  private boolean released;
  private volatile long layerBytes;
  private volatile Instant layerSeen = Instant.EPOCH;

  /** The ground of a container; nothing is there yet, or all of it. */
  ContainerGround(RuntimeHost host, Definition definition) {
    this.host = host;
    this.definition = definition;
    this.spec = definition.spec();
    this.bundle = host.runDir().resolve(spec.id());
  }

  Path bundle() {
    return bundle;
  }

  /** Where the container's root is seen from the host. */
  Path rootfs() {
    return spec.rootfs() != null ? spec.rootfs() : bundle.resolve("rootfs");
  }

  /** Makes root and bundle, and has conmon create the container; its first process. */
  int create() throws IOException {
    Files.createDirectories(bundle);
    if (spec.rootfs() == null) {
      host.snapshots().mount(spec.id(), definition.diffIds(), rootfs(), definition.lasting());
    }
    DurableFiles.replace(
        bundle.resolve("config.json"),
        OciSpec.bytes(host.specs().write(spec, rootfs(), definition.cgroup())),
        false);
    if (spec.logPath() != null) {
      Files.createDirectories(spec.logPath().getParent());
    }
    return host.conmon()
        .create(
            new Conmon.Request(
                spec.id(), bundle, spec.logPath(), spec.tty(), spec.stdin(), spec.stdinOnce()));
  }

  /** The conmon that holds it, as conmon wrote it down; 0 when it did not. */
  int conmonPid() {
    try {
      return Integer.parseInt(Files.readString(bundle.resolve("conmon.pid")).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Gives back what only a running container needs: cgroup, runtime state, mount.
   *
   * @param dead whether its first process has ended
   */
  void release(boolean dead) throws IOException {
    if (released) {
      return;
    }
    killRest();
    boolean gone = dead && host.cgroups().remove(definition.cgroup());
    host.runtime().delete(spec.id(), gone);
    host.cgroups().remove(definition.cgroup());
    if (spec.rootfs() == null) {
      host.snapshots().unmount(rootfs());
    }
    released = true;
  }

  /** Kills what the first process left: in a PID namespace of someone else's it goes on. */
  void killRest() {
    for (int i = 0; i < KILL_ROUNDS; i++) {
      List<Long> rest = host.cgroups().processes(definition.cgroup());
      if (rest.isEmpty()) {
        return;
      }
      if (host.cgroups().isFrozen(definition.cgroup())) {
        host.cgroups().freeze(definition.cgroup(), false);
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

  /**
   * Takes everything away, in the order that lets a daemon that is killed meanwhile go on.
   *
   * @param dead whether its first process has ended
   * @param known whether conmon is on record; one that is not may have been left half-way
   */
  void clear(boolean dead, boolean known) throws IOException {
    int conmon = known ? 0 : conmonPid();
    release(dead);
    if (conmon > 0 && isMine(conmon)) {
      Signals.send(conmon, Signals.KILL);
    }
    host.snapshots().unmount(bundle.resolve("rootfs"));
    host.snapshots().remove(spec.id());
    Files.deleteIfExists(host.exitDir().resolve(spec.id()));
    DurableFiles.delete(bundle);
    if (spec.logPath() != null) {
      LogFiles.delete(spec.logPath());
    }
  }

  /** Whether a process is this container's conmon, and not a later one of that number. */
  private boolean isMine(int pid) {
    try {
      return Files.readString(Path.of("/proc", Integer.toString(pid), "cmdline"))
          .contains(spec.id());
    } catch (IOException gone) {
      return false;
    }
  }

  Container.Stats stats() {
    Cgroups.Usage used = host.cgroups().usage(definition.cgroup());
    Instant now = Instant.now();
    if (layerSeen.plusSeconds(USAGE_SECONDS).isBefore(now)) {
      layerSeen = now;
      layerBytes = spec.rootfs() == null ? host.snapshots().usage(spec.id()) : 0;
    }
    return new Container.Stats(
        now,
        used.cpuNanos(),
        used.memoryBytes(),
        Math.max(0, used.memoryBytes() - used.inactiveFileBytes()),
        used.pids(),
        layerBytes);
  }
}
