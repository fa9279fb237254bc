package dev.mokha.node.registration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the host is and has, read once.
 *
 * @param cpus processors
 * @param memoryBytes memory
 * @param hostname its name
 * @param architecture as Kubernetes says it, such as {@code amd64}
 * @param kernelVersion such as {@code 6.18.5}
 * @param osImage such as {@code Debian GNU/Linux 12 (bookworm)}
 * @param machineId /etc/machine-id
 * @param systemUuid the firmware's, else the machine id
 * @param bootId changes with each boot
 */
public record Machine(
    int cpus,
    long memoryBytes,
    String hostname,
    String architecture,
    String kernelVersion,
    String osImage,
    String machineId,
    String systemUuid,
    String bootId) {

  /** Reads what this host is. */
  public static Machine read() {
    String machineId = text("/etc/machine-id", "");
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        meminfo().getOrDefault("MemTotal", 0L),
        text("/proc/sys/kernel/hostname", "localhost"),
        readArchitecture(),
        text("/proc/sys/kernel/osrelease", ""),
        readOsImage(),
        machineId,
        text("/sys/class/dmi/id/product_uuid", machineId),
        text("/proc/sys/kernel/random/boot_id", ""));
  }

  /** /proc/meminfo in bytes. */
  public static Map<String, Long> meminfo() {
    Map<String, Long> values = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        String[] words = line.split("[:\\s]+");
        if (words.length >= 2) {
          values.put(words[0], Long.parseLong(words[1]) * 1024);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read /proc/meminfo", e);
    }
    return values;
  }

  private static String readArchitecture() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> arch;
    };
  }

  private static String readOsImage() {
    for (String line : text("/etc/os-release", "").lines().toList()) {
      if (line.startsWith("PRETTY_NAME=")) {
        return line.substring("PRETTY_NAME=".length()).replace("\"", "");
      }
    }
    return "Linux";
  }

  private static String text(String path, String otherwise) {
    try {
      return Files.readString(Path.of(path)).strip();
    } catch (IOException e) {
      return otherwise;
    }
  }
}
