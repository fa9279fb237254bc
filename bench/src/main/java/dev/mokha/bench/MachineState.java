package dev.mokha.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How many there are of what containers may leave behind. */
final class MachineState {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private MachineState() {}

  /**
   * Counts now.
   *
   * @param cgroup the directory below each hierarchy that is counted
   */
  static Map<String, Long> now(String cgroup) {
    Map<String, Long> state = new HashMap<>();
    state.put("mounts", lines(Path.of("/proc/self/mountinfo")));
    state.put("links", children(Path.of("/sys/class/net")));
    state.put("named network namespaces", children(Path.of("/run/netns")));
    // The kernel's own threads, which come and go, have no program.
    state.put(
        "processes",
        ProcessHandle.allProcesses().filter(p -> p.info().command().isPresent()).count());
    state.put("cgroups", cgroups(cgroup));
    state.put("lines of nftables", printed("nft", "list", "ruleset"));
    state.put("listening sockets", listening());
    state.put("routes", printed("ip", "route", "show", "table", "all"));
    return state;
  }

  private static long lines(Path file) {
    try {
      return Files.readAllLines(file).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long children(Path directory) {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long cgroups(String cgroup) {
    long count = 0;
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      for (Path hierarchy :
          Stream.concat(Stream.of(CGROUPS), hierarchies.filter(Files::isDirectory)).toList()) {
        Path own = hierarchy.resolve(cgroup);
        if (Files.isDirectory(own) && !Files.isSymbolicLink(hierarchy)) {
          try (Stream<Path> all = Files.walk(own)) {
            count += all.filter(Files::isDirectory).count();
          } catch (UncheckedIOException goneMeanwhile) {
            count++;
          }
        }
      }
      return count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long listening() {
    long count = 0;
    for (String table : List.of("tcp", "tcp6")) {
      Path file = Path.of("/proc/net", table);
      try {
        // The fourth column is the state; 0A listens (proc(5)).
        count +=
            Files.readAllLines(file).stream()
                .filter(line -> line.strip().split("\\s+")[3].equals("0A"))
                .count();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return count;
  }

  private static long printed(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return out.lines().count();
    } catch (IOException e) {
      return 0; // not installed
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted");
    }
  }
}
