package dev.mokha.cli;

import dev.mokha.linux.Capability;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Looks at everything Mokha needs of a machine, and says for each what to do when it is missing.
 */
@Command(
    name = "doctor",
    description = "Check this machine; exits with 1 when something that Mokha needs is missing.")
final class DoctorCommand implements Callable<Integer> {
  private static final long MIN_FREE_BYTES = 2L << 30;

  @Mixin private InstanceOption option = new InstanceOption();

  private final List<Finding> findings = new ArrayList<>();

  private enum Level {
    OK("ok  "),
    NOTE("note"),
    BAD("BAD ");

    private final String word;

    Level(String word) {
      this.word = word;
    }
  }

  private record Finding(Level level, String what, String text) {}

  @Override
  public Integer call() throws IOException {
    Instance instance = option.instance();
    root();
    kernel();
    cgroups();
    capabilities();
    programs();
    ports(instance);
    disk(instance);
    clock();
    for (Finding f : findings) {
      System.out.printf("%s  %-13s %s%n", f.level().word, f.what(), f.text());
    }
    return findings.stream().anyMatch(f -> f.level() == Level.BAD) ? 1 : 0;
  }

  private void say(Level level, String what, String text) {
    findings.add(new Finding(level, what, text));
  }

  private void root() {
    boolean root = System.getProperty("user.name").equals("root");
    say(root ? Level.OK : Level.BAD, "root", root ? "yes" : "run Mokha as root, or with sudo");
  }

  private void kernel() throws IOException {
    String release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    String[] parts = release.split("[.-]");
    int version = Integer.parseInt(parts[0]) * 1000 + Integer.parseInt(parts[1]);
    if (version < 5010) {
      say(Level.BAD, "kernel", release + " is too old; Mokha needs 5.10 or newer");
      return;
    }
    say(Level.OK, "kernel", release);
    boolean overlay = Files.readString(Path.of("/proc/filesystems")).contains("\toverlay");
    say(
        overlay ? Level.OK : Level.BAD,
        "overlayfs",
        overlay ? "there" : "missing; load it with: modprobe overlay");
  }

  private void cgroups() throws IOException {
    String mounts = Files.readString(Path.of("/proc/self/mounts"));
    boolean v1 = mounts.contains(" cgroup rw");
    boolean v2 = mounts.contains(" cgroup2 rw");
    if (!v1 && !v2) {
      say(Level.BAD, "cgroups", "none are mounted; mount -t cgroup2 none /sys/fs/cgroup");
    } else {
      say(Level.OK, "cgroups", v1 && v2 ? "v1, with v2 beside it (hybrid)" : v2 ? "v2" : "v1");
    }
    for (String need : List.of("memory", "cpu", "pids")) {
      boolean there =
          v1
              ? mounts.lines().anyMatch(l -> l.contains(" cgroup ") && l.contains(need))
              : Files.readString(Path.of("/sys/fs/cgroup/cgroup.controllers")).contains(need);
      if (!there) {
        say(
            Level.BAD,
            "cgroups",
            "the controller " + need + " is missing; enable it in the kernel");
      }
    }
  }

  private void capabilities() {
    var held = Capability.bounding();
    List<String> missing =
        Stream.of(Capability.values()).filter(c -> !held.contains(c)).map(Enum::name).toList();
    if (missing.isEmpty()) {
      say(Level.OK, "capabilities", "all");
    } else {
      say(
          missing.contains("SYS_ADMIN") || missing.contains("NET_ADMIN") ? Level.BAD : Level.NOTE,
          "capabilities",
          "missing: %s; %s"
              .formatted(
                  String.join(", ", missing),
                  missing.contains("SYS_RESOURCE")
                      ? "limits can't be raised above this process's own, and the kernel may kill"
                          + " the daemon when memory runs out"
                      : "containers can't have them either"));
    }
  }

  private void programs() {
    program("conmon", "conmon", Level.BAD);
    boolean runtime = find("runc") != null || find("crun") != null;
    say(
        runtime ? Level.OK : Level.BAD,
        "OCI runtime",
        runtime
            ? Stream.of("crun", "runc").filter(p -> find(p) != null).toList().toString()
            : "neither crun nor runc is there; install one with: apt-get install runc");
    program("nft", "nftables", Level.BAD);
    program("mmdebstrap", "mmdebstrap", Level.NOTE);
  }

  private void program(String name, String debianPackage, Level unless) {
    Path found = find(name);
    say(
        found == null ? unless : Level.OK,
        name,
        found == null
            ? "missing; install it with: apt-get install " + debianPackage
            : found.toString());
  }

  private static Path find(String program) {
    for (String dir :
        List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")) {
      Path path = Path.of(dir, program);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  private void ports(Instance instance) {
    if (new Processes(instance).pid(1) != 0) {
      say(Level.OK, "ports", "in use by the running Mokha");
      return;
    }
    Settings settings = Settings.read(instance).orElse(Settings.DEFAULT);
    settings.registryPort().ifPresent(this::registryPort);
    for (int port : List.of(settings.listenPort(), 10250)) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(port));
        say(Level.OK, "port " + port, "free");
      } catch (IOException e) {
        say(Level.BAD, "port " + port, "taken; stop what uses it, or see mokha up --help");
      }
    }
  }

  /** The cluster starts without its registry, so that a taken port is no more than a note. */
  private void registryPort(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(port));
      say(Level.OK, "registry port", port + " is free");
    } catch (IOException e) {
      say(
          Level.NOTE,
          "registry port",
          port
              + " is taken, and the image registry will not run there; stop what uses it, or"
              + " choose another with mokha up --registry PORT");
    }
  }

  private void disk(Instance instance) throws IOException {
    Path dir = instance.dataDir();
    while (!Files.exists(dir)) {
      dir = dir.getParent();
    }
    FileStore store = Files.getFileStore(dir);
    long free = store.getUsableSpace();
    say(
        free < MIN_FREE_BYTES ? Level.BAD : Level.OK,
        "disk",
        "%.1f GB free for %s (%s)%s"
            .formatted(
                free / 1e9,
                instance.dataDir(),
                store.type(),
                free < MIN_FREE_BYTES ? "; Mokha wants 2 GB" : ""));
    if (store.type().equals("overlay")) {
      say(Level.BAD, "disk", "overlayfs can't lie on overlayfs; choose another --data-dir");
    }
  }

  private void clock() {
    boolean sane = System.currentTimeMillis() > 1_767_225_600_000L; // 2026-01-01
    say(
        sane ? Level.OK : Level.BAD,
        "clock",
        sane ? Instant.now().toString() : "is in the past; certificates would not be valid");
  }
}
