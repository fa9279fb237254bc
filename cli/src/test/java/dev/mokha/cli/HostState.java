package dev.mokha.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Everything in the kernel that an instance could leave behind, as text lines to compare. */
record HostState(TreeSet<String> lines) {
  static HostState now(Instance instance) throws IOException, InterruptedException {
    TreeSet<String> lines = new TreeSet<>();
    String owned = instance.name();
    Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .filter(
            m ->
                m.contains(instance.dataDir().toString())
                    || m.contains(instance.runDir().toString()))
        .forEach(m -> lines.add("mount " + m));
    command("ip", "-o", "link").stream()
        .map(l -> l.replaceFirst("^\\d+: ([^:@]+).*", "$1"))
        .filter(l -> l.startsWith(owned))
        .forEach(l -> lines.add("link " + l));
    command("ip", "-o", "address").stream()
        .filter(a -> a.contains("10.149."))
        .forEach(a -> lines.add("address " + a));
    command("ip", "route", "show", "table", "all").stream()
        .filter(r -> r.contains("10.147.") || r.contains("10.148.") || r.contains("10.149."))
        .forEach(r -> lines.add("route " + r));
    command("ip", "rule").stream()
        .filter(r -> r.contains("10.147.") || r.contains("10.148."))
        .forEach(r -> lines.add("rule " + r));
    command("nft", "list", "tables").stream()
        .filter(t -> t.contains(owned))
        .forEach(t -> lines.add("nftables " + t));
    try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      hierarchies
          .filter(h -> Files.exists(h.resolve("mokha").resolve(owned)))
          .forEach(h -> lines.add("cgroup " + h));
    }
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .map(p -> commandLine(p.pid()))
        .filter(c -> c.contains(instance.dataDir().toString()) || c.contains(owned + "/"))
        .forEach(c -> lines.add("process " + c));
    return new HostState(lines);
  }

  private static String commandLine(long pid) {
    try {
      return new String(
              Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline")), StandardCharsets.UTF_8)
          .replace('\0', ' ');
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  private static List<String> command(String... words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    process.waitFor();
    return lines;
  }
}
