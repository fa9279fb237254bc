package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Resources.Throttle;
import dev.mokha.engine.containers.Usage;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroup hierarchies as the machine has them: v2, v1, or v1 with a v2 one beside (hybrid). The
 * mounts themselves are never changed.
 *
 * <p>A cgroup's path is the same in all hierarchies, such as {@code /mokha/default/ID}.
 */
public final class Cgroups {
  private static final Logger log = LoggerFactory.getLogger(Cgroups.class);
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  /** The v2 hierarchy's name in {@link #hierarchies}. */
  private static final String UNIFIED = "";

  private final boolean v2;
  private final Map<String, Path> hierarchies;

  private Cgroups(boolean v2, Map<String, Path> hierarchies) {
    this.v2 = v2;
    this.hierarchies = hierarchies;
  }

  /** Finds the hierarchies. */
  public static Cgroups detect() {
    if (!Files.isDirectory(MOUNT)) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "No cgroups are mounted at /sys/fs/cgroup; mount cgroup2 there");
    }
    if (FileSystemStat.of(MOUNT).type() == FileSystemStat.CGROUP2) {
      return new Cgroups(true, Map.of(UNIFIED, MOUNT));
    }
    Map<String, Path> found = new LinkedHashMap<>();
    for (MountEntry entry : Mounts.list()) {
      if (!entry.target().startsWith(MOUNT)) {
        continue;
      }
      if (entry.type().equals("cgroup2")) {
        found.putIfAbsent(UNIFIED, entry.target());
      } else if (entry.type().equals("cgroup")) {
        for (String name : entry.target().getFileName().toString().split(",")) {
          found.putIfAbsent(name, entry.target());
        }
      }
    }
    return new Cgroups(false, found);
  }

  /** Whether there is only the v2 hierarchy. */
  public boolean isV2() {
    return v2;
  }

  /** One word: {@code v2}, {@code v1} or {@code hybrid}. */
  public String layout() {
    return v2 ? "v2" : hierarchies.containsKey(UNIFIED) ? "hybrid" : "v1";
  }

  /** Where the v2 hierarchy is mounted, when it is below the directory that the v1 ones are in. */
  Optional<Path> unifiedBesideOthers() {
    Path unified = hierarchies.get(UNIFIED);
    return !v2 && hierarchies.size() > 1 && unified != null && MOUNT.equals(unified.getParent())
        ? Optional.of(unified)
        : Optional.empty();
  }

  /** Whether swap can be limited. */
  public boolean limitsSwap() {
    return v2 || Files.exists(v1("memory", "/").resolve("memory.memsw.limit_in_bytes"));
  }

  /**
   * Whether the kernel has a limit: v2 has all that OCI names, v1 those it was built with.
   *
   * @param controller such as {@code blkio}
   * @param file v1's file of the limit, or the controller's name again for the controller itself
   */
  public boolean offers(String controller, String file) {
    return v2
        || (file.equals(controller)
            ? hierarchies.containsKey(controller)
            : Files.exists(v1(controller, "/").resolve(file)));
  }

  private Path v1(String controller, String path) {
    Path mount = hierarchies.getOrDefault(controller, MOUNT.resolve(controller));
    return mount.resolve(path.substring(1));
  }

  private Path unified(String path) {
    return hierarchies.get(UNIFIED).resolve(path.substring(1));
  }

  /**
   * The {@code cgroup.procs} files that a process must be written to so that it leaves this
   * process's cgroups, for those of a path of its own. Only hierarchies in which this process is
   * not at the top count: at the top nobody kills or limits it.
   */
  List<Path> escapeTo(String path) {
    List<Path> files = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] parts = line.split(":", 3);
        Path mount =
            parts[1].isEmpty()
                ? hierarchies.get(UNIFIED)
                : hierarchies.get(parts[1].replace("name=", "").split(",")[0]);
        if (mount != null && !parts[2].equals("/")) {
          Path directory = Files.createDirectories(mount.resolve(path.substring(1)));
          files.add(directory.resolve("cgroup.procs"));
        }
      }
    } catch (IOException e) {
      log.warn("conmon stays in the daemon's cgroup: {}", e.getMessage());
    }
    return files;
  }

  /** Where a controller has a cgroup. */
  Path directory(String controller, String path) {
    return v2 ? unified(path) : v1(controller, path);
  }

  /** What a cgroup uses; zeros when it is gone. */
  public Usage usage(String path) {
    return new CgroupUsage(this, path).read();
  }

  /**
   * Changes the limits of single disks of a cgroup, which a runtime's update leaves out.
   *
   * @param before those there are
   * @param now those there are to be
   */
  public void throttle(String path, List<Throttle> before, List<Throttle> now) {
    for (Throttle old : before) {
      boolean stays =
          now.stream()
              .anyMatch(t -> t.device().equals(old.device()) && t.kind().equals(old.kind()));
      if (!stays) {
        throttle(path, new Throttle(old.device(), old.kind(), 0));
      }
    }
    now.stream().filter(limit -> !before.contains(limit)).forEach(limit -> throttle(path, limit));
  }

  private void throttle(String path, Throttle limit) {
    long number = DeviceNumber.ofDisk(limit.device());
    String device = DeviceNumber.major(number) + ":" + DeviceNumber.minor(number) + " ";
    String v1 =
        switch (limit.kind()) {
          case READ_BYTES -> "blkio.throttle.read_bps_device";
          case WRITE_BYTES -> "blkio.throttle.write_bps_device";
          case READ_OPERATIONS -> "blkio.throttle.read_iops_device";
          case WRITE_OPERATIONS -> "blkio.throttle.write_iops_device";
        };
    String key =
        switch (limit.kind()) {
          case READ_BYTES -> "rbps=";
          case WRITE_BYTES -> "wbps=";
          case READ_OPERATIONS -> "riops=";
          case WRITE_OPERATIONS -> "wiops=";
        };
    String rate = v2 && limit.rate() == 0 ? "max" : Long.toString(limit.rate());
    try {
      Files.writeString(
          directory("blkio", path).resolve(v2 ? "io.max" : v1), device + (v2 ? key : "") + rate);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "Disk " + limit.device() + " can't be limited: " + e.getMessage(),
          e);
    }
  }

  /**
   * Whether disks are weighed by BFQ's files of v1, which not all runtimes know: see {@link
   * #weigh}.
   */
  boolean weighsByBfq() {
    // The file of the weight itself is not in the root cgroup.
    return !v2 && !offers("blkio", "blkio.weight") && offers("blkio", "blkio.bfq.io_service_bytes");
  }

  /**
   * Sets a cgroup's share of disks where no runtime can be relied on for it; 0 leaves it as it is.
   */
  public void weigh(String path, Resources limits) {
    if (!weighsByBfq()) {
      return;
    }
    Path directory = directory("blkio", path);
    try {
      if (limits.blockWeight() > 0) {
        Files.writeString(
            directory.resolve("blkio.bfq.weight"),
            Integer.toString(limits.blockWeight()),
            StandardOpenOption.WRITE);
      }
      for (Resources.DiskWeight weight : limits.diskWeights()) {
        long number = DeviceNumber.ofDisk(weight.device());
        Files.writeString(
            directory.resolve("blkio.bfq.weight_device"),
            DeviceNumber.major(number) + ":" + DeviceNumber.minor(number) + " " + weight.weight(),
            StandardOpenOption.WRITE);
      }
    } catch (NoSuchFileException e) {
      log.warn("This kernel can't weigh disks; the weight is left out");
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME, "The weight of disks can't be set: " + e.getMessage(), e);
    }
  }

  /** Whether the kernel killed a process of a cgroup for memory. */
  public boolean oomKilled(String path) {
    Path file =
        v2
            ? unified(path).resolve("memory.events")
            : v1("memory", path).resolve("memory.oom_control");
    return field(file, "oom_kill") > 0;
  }

  /** Freezes or thaws a cgroup's processes, and returns when that is done. */
  public void freeze(String path, boolean frozen) {
    Path file =
        v2 ? unified(path).resolve("cgroup.freeze") : v1("freezer", path).resolve("freezer.state");
    try {
      Files.writeString(file, v2 ? (frozen ? "1" : "0") : frozen ? "FROZEN" : "THAWED");
      // Freezing takes effect when every process has reached the kernel's edge: microseconds, but
      // nothing tells when.
      for (int i = 0; i < 1000 && isFrozen(path) != frozen; i++) {
        Thread.sleep(1);
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "The container can't be " + (frozen ? "paused" : "resumed") + ": " + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a cgroup's processes are frozen. */
  public boolean isFrozen(String path) {
    if (v2) {
      return field(unified(path).resolve("cgroup.events"), "frozen") == 1;
    }
    return text(v1("freezer", path).resolve("freezer.state")).equals("FROZEN");
  }

  /** The processes of a cgroup and those below. */
  public List<Long> processes(String path) {
    List<Long> pids = new ArrayList<>();
    Path top = v2 ? unified(path) : v1("pids", path);
    for (Path directory : tree(top)) {
      text(directory.resolve("cgroup.procs"))
          .lines()
          .forEach(line -> pids.add(Long.parseLong(line.strip())));
    }
    return pids;
  }

  /**
   * Removes an empty cgroup and all below, in every hierarchy; those in use stay.
   *
   * @return whether none is left
   */
  public boolean remove(String path) {
    boolean gone = true;
    for (Path mount : List.copyOf(new LinkedHashSet<>(hierarchies.values()))) {
      for (Path directory : tree(mount.resolve(path.substring(1))).reversed()) {
        try {
          Files.deleteIfExists(directory);
        } catch (IOException e) {
          log.debug("cgroup {} stays: {}", directory, e.getMessage());
          gone = false;
        }
      }
    }
    return gone;
  }

  private static List<Path> tree(Path top) {
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(top)) {
      all.add(top);
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(top, Files::isDirectory)) {
        stream.forEach(child -> all.addAll(tree(child)));
      } catch (NoSuchFileException | NotDirectoryException gone) {
        all.remove(top);
      } catch (IOException e) {
        log.debug("cgroup {} can't be listed: {}", top, e.getMessage());
      }
    }
    return all;
  }

  static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
    } catch (IOException gone) {
      return "";
    }
  }

  static long number(Path file) {
    String text = text(file);
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException max) {
      return Long.MAX_VALUE;
    }
  }

  private static long field(Path file, String key) {
    for (String line : text(file).lines().toList()) {
      if (line.startsWith(key)
          && line.length() > key.length()
          && line.charAt(key.length()) == ' ') {
        return Long.parseLong(line.substring(key.length() + 1).strip());
      }
    }
    return 0;
  }
}
