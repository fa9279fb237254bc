package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.linux.KernelFile;
import dev.mokha.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is mounted in a container: the kernel's file systems, then what was asked for. */
final class OciMounts {
  private static final long SHARED_MEMORY = 64 << 20;

  /** Hidden by default: what tells about the host or can disturb it. Docker's list. */
  static final List<String> MASKED = masked();

  /** Not writable by default. Docker's list. */
  static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /** Each flag of a tmpfs and what it takes back; the last one given counts. */
  private static final Map<String, String> OPPOSITES =
      Map.ofEntries(
          Map.entry("exec", "noexec"),
          Map.entry("noexec", "exec"),
          Map.entry("suid", "nosuid"),
          Map.entry("nosuid", "suid"),
          Map.entry("dev", "nodev"),
          Map.entry("nodev", "dev"),
          Map.entry("rw", "ro"),
          Map.entry("ro", "rw"),
          Map.entry("async", "sync"),
          Map.entry("sync", "async"),
          Map.entry("atime", "noatime"),
          Map.entry("noatime", "atime"),
          Map.entry("diratime", "nodiratime"),
          Map.entry("nodiratime", "diratime"));

  /** ST_* bits of statfs(2) and the mount options they stand for. */
  private static final Map<Long, String> HOST_OPTIONS =
      new TreeMap<>(Map.of(1L, "ro", 2L, "nosuid", 4L, "nodev", 8L, "noexec"));

  private OciMounts() {}

  private static List<String> masked() {
    List<String> paths =
        new ArrayList<>(
            List.of(
                "/proc/acpi",
                "/proc/asound",
                "/proc/interrupts",
                "/proc/kcore",
                "/proc/keys",
                "/proc/latency_stats",
                "/proc/sched_debug",
                "/proc/scsi",
                "/proc/timer_list",
                "/proc/timer_stats",
                "/sys/devices/virtual/powercap",
                "/sys/firmware"));
    // How often each core was throttled tells what the host's other tenants do.
    try {
      String possible = KernelFile.read(Path.of("/sys/devices/system/cpu/possible"));
      int last = Integer.parseInt(possible.substring(possible.lastIndexOf('-') + 1));
      for (int cpu = 0; cpu <= last; cpu++) {
        String path = "/sys/devices/system/cpu/cpu" + cpu + "/thermal_throttle";
        if (Files.exists(Path.of(path))) {
          paths.add(path);
        }
      }
    } catch (IOException | NumberFormatException noSuchFile) {
      // Nothing to hide then.
    }
    return List.copyOf(paths);
  }

  static void write(ArrayNode mounts, ContainerSpec spec) {
    List<ContainerSpec.Mount> own =
        spec.mounts().stream()
            .sorted(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()))
            .toList();
    Set<String> taken =
        own.stream()
            .map(mount -> Path.of(mount.destination()).normalize().toString())
            .collect(Collectors.toSet());
    boolean mapped = !spec.users().isHost();
    for (Kernel kernel : kernel(spec)) {
      // Whoever brings a /dev of his own has in it what he wants.
      boolean below = taken.contains("/dev") && kernel.destination.startsWith("/dev/");
      if (!taken.contains(kernel.destination) && !below) {
        kernel.write(mounts.addObject());
      } else if (mapped && kernel.destination.equals("/sys")) {
        // Made by the daemon in the kernel's place: the cgroups are mounted on it.
        own.stream()
            .filter(mount -> mount.destination().equals("/sys"))
            .forEach(mount -> write(mounts.addObject(), mount));
      }
    }
    for (ContainerSpec.Mount mount : own) {
      if (!mapped || !mount.destination().equals("/sys")) {
        write(mounts.addObject(), mount);
      }
    }
    if (spec.init() && spec.namespaces().pid().isEmpty()) {
      mounts
          .addObject()
          .put("destination", InitProgram.INSIDE)
          .put("type", "bind")
          .put("source", InitProgram.require().toString())
          .putArray("options")
          .add("bind")
          .add("ro");
    }
  }

  private static void write(ObjectNode node, ContainerSpec.Mount mount) {
    node.put("destination", mount.destination());
    List<String> options;
    if (mount.type().equals("tmpfs")) {
      node.put("type", "tmpfs").put("source", "tmpfs");
      options = temporary(mount);
    } else {
      node.put("type", "bind").put("source", mount.source());
      options = bound(mount);
    }
    OciSpec.strings(node.putArray("options"), options);
  }

  /** A file system of the kernel's. */
  private record Kernel(String destination, String type, String source, List<String> options) {
    void write(ObjectNode node) {
      node.put("destination", destination).put("type", type).put("source", source);
      OciSpec.strings(node.putArray("options"), options);
    }
  }

  private static List<Kernel> kernel(ContainerSpec spec) {
    String access = spec.security().privileged() ? "rw" : "ro";
    List<String> guarded = List.of("nosuid", "noexec", "nodev");
    List<Kernel> all = new ArrayList<>();
    all.add(new Kernel("/proc", "proc", "proc", guarded));
    all.add(
        new Kernel(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
    all.add(
        new Kernel(
            "/dev/pts",
            "devpts",
            "devpts",
            List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")));
    List<String> bind = List.of("rbind", "rprivate", "nosuid", "noexec", "nodev");
    switch (spec.namespaces().ipc()) {
      case "host" -> {
        all.add(new Kernel("/dev/shm", "bind", "/dev/shm", bind));
        if (Files.isDirectory(Path.of("/dev/mqueue"))) {
          all.add(new Kernel("/dev/mqueue", "bind", "/dev/mqueue", bind));
        } else if (spec.users().isHost()) {
          all.add(new Kernel("/dev/mqueue", "mqueue", "mqueue", guarded));
        }
      }
      case "none" -> all.add(new Kernel("/dev/mqueue", "mqueue", "mqueue", guarded));
      default -> {
        long bytes = spec.shmBytes() > 0 ? spec.shmBytes() : SHARED_MEMORY;
        all.add(
            new Kernel(
                "/dev/shm",
                "tmpfs",
                "shm",
                List.of("nosuid", "noexec", "nodev", "mode=1777", "size=" + bytes)));
        all.add(new Kernel("/dev/mqueue", "mqueue", "mqueue", guarded));
      }
    }
    all.add(new Kernel("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", access)));
    all.add(
        new Kernel(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            List.of("nosuid", "noexec", "nodev", "relatime", access)));
    return all;
  }

  private static List<String> bound(ContainerSpec.Mount mount) {
    List<String> options = new ArrayList<>();
    options.add(mount.nonRecursive() ? "bind" : "rbind");
    options.add(propagation(mount));
    if (mount.readOnly()) {
      options.add(mount.recursiveReadOnly() ? "rro" : "ro");
    }
    options.addAll(mount.options());
    ofTheHost(Path.of(mount.source()))
        .filter(option -> !options.contains(option) && !options.contains(opposite(option)))
        .forEach(options::add);
    return options;
  }

  /**
   * The options of the host's mount, which stay: a runtime that mounts a bind a second time, to set
   * those it is given, drops all others.
   */
  private static Stream<String> ofTheHost(Path source) {
    long flags;
    try {
      flags = FileSystemStat.of(source).flags();
    } catch (LinuxException missing) {
      return Stream.empty(); // the runtime says so
    }
    return HOST_OPTIONS.entrySet().stream()
        .filter(option -> (flags & option.getKey()) != 0)
        .map(Map.Entry::getValue);
  }

  /**
   * What was asked for in so many words holds; but nobody writes to what the host has read-only.
   */
  private static String opposite(String option) {
    return option.equals("ro") ? option : option.substring(2);
  }

  private static String propagation(ContainerSpec.Mount mount) {
    return switch (mount.propagation() == null ? "" : mount.propagation()) {
      case "", "private", "rprivate" -> mount.nonRecursive() ? "private" : "rprivate";
      case "slave", "rslave", "shared", "rshared" -> mount.propagation();
      default ->
          throw new EngineException(
              EngineException.Code.INVALID,
              "invalid propagation mode: "
                  + mount.propagation()
                  + "; take private, rprivate, slave, rslave, shared or rshared");
    };
  }

  /** Docker's defaults for a tmpfs, then what was asked for, each flag once. */
  private static List<String> temporary(ContainerSpec.Mount mount) {
    LinkedHashMap<String, String> options = new LinkedHashMap<>();
    List<String> given = new ArrayList<>(List.of("noexec", "nosuid", "nodev"));
    given.addAll(mount.options());
    if (mount.readOnly()) {
      given.add("ro");
    }
    for (String option : given) {
      String key = option.indexOf('=') < 0 ? option : option.substring(0, option.indexOf('='));
      String opposite = OPPOSITES.get(key);
      if (opposite != null) {
        options.remove(opposite);
      }
      options.put(key, option);
    }
    return List.copyOf(options.values());
  }

  /** A root that hides the host's mounts would make shared and slave binds private too. */
  static String rootPropagation(ContainerSpec spec) {
    Set<String> wanted =
        spec.mounts().stream()
            .map(mount -> mount.propagation() == null ? "" : mount.propagation())
            .collect(Collectors.toSet());
    if (wanted.contains("rshared") || wanted.contains("shared")) {
      return "rshared";
    }
    return wanted.contains("rslave") || wanted.contains("slave") ? "rslave" : "rprivate";
  }
}
