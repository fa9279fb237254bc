package dev.mokha.node.cgroup;

import static java.util.Objects.requireNonNull;

import dev.mokha.node.resources.PodResources;
import dev.mokha.node.resources.QosClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods' cgroups of an instance: {@code ROOT/pods}, capped at the node's Allocatable so that
 * pods can't starve the daemon; below it {@code burstable} and {@code besteffort}; guaranteed pods
 * directly. The engine puts each container below its pod's.
 */
public final class PodCgroups {
  private static final Logger log = LoggerFactory.getLogger(PodCgroups.class);

  /** What pods that use all of their cap may still grow by when it is lowered. */
  private static final long HEADROOM_BYTES = 32L << 20;

  private final CgroupHierarchies hierarchies;
  private final String root;
  private final Map<String, PodResources> pods = new HashMap<>();
  private long allocatableMemory;
  private long cappedCpu;
  private long cappedMemory;

  /**
   * Cgroups below an instance's root.
   *
   * @param instanceRoot such as {@code /mokha/default}
   */
  public PodCgroups(CgroupHierarchies hierarchies, String instanceRoot) {
    this.hierarchies = requireNonNull(hierarchies, "hierarchies");
    this.root = instanceRoot + "/pods";
  }

  /** Makes the tree's top; the caps are those of the node's Allocatable. */
  public void open(long cpuMillis, long memoryBytes) {
    hierarchies.create(root);
    hierarchies.create(root + "/burstable");
    hierarchies.create(root + "/besteffort");
    weight(root + "/besteffort", PodResources.shares(0));
    cap(cpuMillis, memoryBytes);
  }

  /**
   * Caps all pods together at what is allocatable now. Never below what they have been promised or
   * use already: a lower cap would not take memory from them but kill processes of theirs, for a
   * container that came later. Whoever is told of each change lowers it the rest of the way as they
   * give memory back.
   */
  public synchronized void cap(long cpuMillis, long memoryBytes) {
    allocatableMemory = memoryBytes;
    capMemory();
    if (cpuMillis != cappedCpu) {
      weight(root, PodResources.shares(cpuMillis));
      cappedCpu = cpuMillis;
    }
  }

  private void capMemory() {
    long promised = pods.values().stream().mapToLong(PodResources::memoryRequestBytes).sum();
    long wanted = Math.max(Math.max(allocatableMemory, promised), HEADROOM_BYTES);
    if (wanted < cappedMemory) {
      wanted = Math.min(cappedMemory, Math.max(wanted, workingSet() + HEADROOM_BYTES));
    }
    if (wanted != cappedMemory && memory(root, wanted)) {
      cappedMemory = wanted;
    }
  }

  /** What the pods use, without file cache that can go at once; 0 where the kernel says nothing. */
  private long workingSet() {
    Optional<Path> directory = hierarchies.directory("memory", root);
    if (directory.isEmpty()) {
      return 0;
    }
    boolean unified = hierarchies.unified();
    String cache = unified ? "inactive_file " : "total_inactive_file ";
    try {
      long used =
          Long.parseLong(
              Files.readString(
                      directory.get().resolve(unified ? "memory.current" : "memory.usage_in_bytes"))
                  .strip());
      long idle =
          Files.readAllLines(directory.get().resolve("memory.stat")).stream()
              .filter(line -> line.startsWith(cache))
              .mapToLong(line -> Long.parseLong(line.substring(cache.length()).strip()))
              .sum();
      return Math.max(0, used - idle);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** The cgroup of a pod, whether it exists or not. */
  public String path(String uid, QosClass qos) {
    return switch (qos) {
      case GUARANTEED -> root + "/pod" + uid;
      case BURSTABLE -> root + "/burstable/pod" + uid;
      case BEST_EFFORT -> root + "/besteffort/pod" + uid;
    };
  }

  /** Makes a pod's cgroup or brings its limits up to date. */
  public synchronized void apply(String uid, PodResources resources) {
    String path = path(uid, resources.qos());
    PodResources before = pods.put(uid, resources);
    if (resources.equals(before)) {
      return;
    }
    capMemory(); // of its promise too, before it begins
    hierarchies.create(path);
    weight(path, PodResources.shares(resources.cpuRequestMillis()));
    quota(path, PodResources.quota(resources.cpuLimitMillis()));
    memory(path, resources.memoryLimitBytes());
    if (resources.qos() == QosClass.BURSTABLE) {
      weighBurstable();
    }
  }

  /**
   * Removes a pod's cgroup.
   *
   * @return false when something still runs in it
   */
  public synchronized boolean remove(String uid) {
    PodResources resources = pods.get(uid);
    boolean gone = true;
    for (QosClass qos : QosClass.values()) {
      gone &= hierarchies.remove(path(uid, qos));
    }
    if (gone && resources != null) {
      pods.remove(uid);
      capMemory();
      if (resources.qos() == QosClass.BURSTABLE) {
        weighBurstable();
      }
    }
    return gone;
  }

  // All burstable pods together weigh what they asked for.
  private void weighBurstable() {
    long millis =
        pods.values().stream()
            .filter(p -> p.qos() == QosClass.BURSTABLE)
            .mapToLong(PodResources::cpuRequestMillis)
            .sum();
    weight(root + "/burstable", PodResources.shares(millis));
  }

  private void weight(String cgroup, long shares) {
    if (hierarchies.unified()) {
      // The mapping of the OCI runtimes: 2..262144 to 1..10000.
      write("cpu", cgroup, "cpu.weight", Long.toString(1 + (shares - 2) * 9999 / 262142));
    } else {
      write("cpu", cgroup, "cpu.shares", Long.toString(shares));
    }
  }

  private void quota(String cgroup, long micros) {
    if (hierarchies.unified()) {
      write("cpu", cgroup, "cpu.max", micros == 0 ? "max 100000" : micros + " 100000");
    } else {
      write("cpu", cgroup, "cpu.cfs_quota_us", micros == 0 ? "-1" : Long.toString(micros));
    }
  }

  private boolean memory(String cgroup, long bytes) {
    return hierarchies.unified()
        ? write("memory", cgroup, "memory.max", bytes == 0 ? "max" : Long.toString(bytes))
        : write(
            "memory", cgroup, "memory.limit_in_bytes", bytes == 0 ? "-1" : Long.toString(bytes));
  }

  private boolean write(String controller, String cgroup, String file, String value) {
    Optional<Path> directory = hierarchies.directory(controller, cgroup);
    if (directory.isEmpty()) {
      return false;
    }
    try {
      Files.writeString(directory.get().resolve(file), value);
      return true;
    } catch (IOException e) {
      // A limit below what is used now, or a kernel without the file: the pod runs on without it.
      log.warn("Cgroup {} does not take {} = {}: {}", cgroup, file, value, e.getMessage());
      return false;
    }
  }
}
