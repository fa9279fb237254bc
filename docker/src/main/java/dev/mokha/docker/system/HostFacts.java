package dev.mokha.docker.system;

import dev.mokha.engine.runtime.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the machine is and can do, read when asked: all of it may change but the architecture. */
final class HostFacts {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final long KIB = 1024;

  private final boolean v2 = Cgroups.detect().isV2();

  String kernel() {
    return line(Path.of("/proc/sys/kernel/osrelease"), "");
  }

  String hostname() {
    return line(Path.of("/proc/sys/kernel/hostname"), "");
  }

  /** As uname(1) has it, such as {@code x86_64}. */
  String machine() {
    String arch = System.getProperty("os.arch");
    return arch.equals("amd64") ? "x86_64" : arch;
  }

  /** As Go has it, such as {@code amd64}. */
  static String architecture() {
    String arch = System.getProperty("os.arch");
    return arch.equals("aarch64") ? "arm64" : arch;
  }

  /** os-release(5). */
  String osRelease(String key) {
    for (Path file : List.of(Path.of("/etc/os-release"), Path.of("/usr/lib/os-release"))) {
      try {
        for (String line : Files.readAllLines(file)) {
          if (line.startsWith(key + "=")) {
            return line.substring(key.length() + 1).replace("\"", "");
          }
        }
        return "";
      } catch (IOException e) {
        // The other place, then.
      }
    }
    return "";
  }

  long memoryBytes() {
    String[] words = firstWith(Path.of("/proc/meminfo"), "MemTotal:").split("\\s+", -1);
    return words.length > 1 ? Long.parseLong(words[1]) * KIB : 0;
  }

  int openFiles() {
    try (var entries = Files.list(Path.of("/proc/self/fd"))) {
      return (int) entries.count();
    } catch (IOException e) {
      return 0;
    }
  }

  boolean forwardsIpv4() {
    return line(Path.of("/proc/sys/net/ipv4/ip_forward"), "0").equals("1");
  }

  boolean hasCgroupV2() {
    return v2;
  }

  /**
   * Whether a controller's file, named as cgroup v1 has it, is there; v2 goes by the controller.
   */
  boolean controls(String controller, String v1File) {
    if (v2) {
      return List.of(line(CGROUPS.resolve("cgroup.controllers"), "").split(" "))
          .contains(controller);
    }
    Path directory = CGROUPS.resolve(controller);
    return v1File.isEmpty()
        ? Files.isDirectory(directory)
        : Files.exists(directory.resolve(v1File));
  }

  boolean swapLimit() {
    return v2
        ? controls("memory", "") && Files.exists(Path.of("/proc/swaps"))
        : controls("memory", "memory.memsw.limit_in_bytes");
  }

  /** Docker's words for what protects the host from containers. */
  List<String> securityOptions() {
    List<String> options = new ArrayList<>();
    if (line(Path.of("/sys/module/apparmor/parameters/enabled"), "N").equals("Y")) {
      options.add("name=apparmor");
    }
    if (!firstWith(Path.of("/proc/self/status"), "Seccomp:").isEmpty()) {
      options.add("name=seccomp,profile=builtin");
    }
    if (Files.exists(Path.of("/sys/fs/selinux/enforce"))) {
      options.add("name=selinux");
    }
    if (v2) {
      options.add("name=cgroupns");
    }
    return options;
  }

  String backingFileSystem(Path directory) {
    try {
      String type = Files.getFileStore(directory).type();
      return type.startsWith("ext") ? "extfs" : type;
    } catch (IOException e) {
      return "<unknown>";
    }
  }

  private static String line(Path file, String otherwise) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return otherwise;
    }
  }

  private static String firstWith(Path file, String beginning) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(beginning))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
