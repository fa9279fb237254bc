package dev.mokha.engine.runtime;

import dev.mokha.engine.containers.ContainerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is mounted in a container: the kernel's file systems, then what was asked for. */
final class OciMounts {
  /** Hidden by default: what tells about the host or can disturb it. Docker's list. */
  static final List<String> MASKED =
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
          "/sys/firmware");

  /** Not writable by default. Docker's list. */
  static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private OciMounts() {}

  static void write(ArrayNode mounts, ContainerSpec spec) {
    Set<String> own =
        spec.mounts().stream().map(ContainerSpec.Mount::destination).collect(Collectors.toSet());
    boolean privileged = spec.security().privileged();
    String access = privileged ? "rw" : "ro";
    add(mounts, own, "/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev"));
    add(
        mounts,
        own,
        "/dev",
        "tmpfs",
        "tmpfs",
        List.of("nosuid", "strictatime", "mode=755", "size=65536k"));
    add(
        mounts,
        own,
        "/dev/pts",
        "devpts",
        "devpts",
        List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
    if (spec.namespaces().ipc().equals("host")) {
      List<String> bind = List.of("rbind", "rprivate", "nosuid", "noexec", "nodev");
      add(mounts, own, "/dev/shm", "bind", "/dev/shm", bind);
    } else {
      add(
          mounts,
          own,
          "/dev/shm",
          "tmpfs",
          "shm",
          List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    }
    add(mounts, own, "/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev"));
    add(mounts, own, "/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", access));
    add(
        mounts,
        own,
        "/sys/fs/cgroup",
        "cgroup",
        "cgroup",
        List.of("nosuid", "noexec", "nodev", "relatime", access));
    for (ContainerSpec.Mount mount : spec.mounts()) {
      ObjectNode node = mounts.addObject().put("destination", mount.destination());
      List<String> options = new ArrayList<>();
      if (mount.type().equals("tmpfs")) {
        node.put("type", "tmpfs").put("source", "tmpfs");
        options.add("nosuid");
        options.add("nodev");
      } else {
        node.put("type", "bind").put("source", mount.source());
        options.add("rbind");
        options.add(
            switch (mount.propagation()) {
              case "rslave" -> "rslave";
              case "rshared" -> "rshared";
              default -> "rprivate";
            });
      }
      if (mount.readOnly()) {
        options.add(mount.recursiveReadOnly() ? "rro" : "ro");
      }
      options.addAll(mount.options());
      OciSpec.strings(node.putArray("options"), options);
    }
  }

  private static void add(
      ArrayNode mounts,
      Set<String> own,
      String destination,
      String type,
      String source,
      List<String> options) {
    if (own.contains(destination)) {
      return; // the spec brings its own
    }
    ObjectNode node =
        mounts.addObject().put("destination", destination).put("type", type).put("source", source);
    OciSpec.strings(node.putArray("options"), options);
  }

  /** A root that hides the host's mounts would make rshared and rslave binds private too. */
  static String rootPropagation(ContainerSpec spec) {
    Set<String> wanted =
        spec.mounts().stream().map(ContainerSpec.Mount::propagation).collect(Collectors.toSet());
    if (wanted.contains("rshared")) {
      return "rshared";
    }
    return wanted.contains("rslave") ? "rslave" : "rprivate";
  }
}
