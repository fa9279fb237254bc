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

  private final CgroupHierarchies hierarchies;
  private final String root;
  private final Map<String, PodResources> pods = new HashMap<>();

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
    weight(root, PodResources.shares(cpuMillis));
    memory(root, memoryBytes);
    weight(root + "/besteffort", PodResources.shares(0));
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

  private void memory(String cgroup, long bytes) {
    if (hierarchies.unified()) {
      write("memory", cgroup, "memory.max", bytes == 0 ? "max" : Long.toString(bytes));
    } else {
      write("memory", cgroup, "memory.limit_in_bytes", bytes == 0 ? "-1" : Long.toString(bytes));
    }
  }

  private void write(String controller, String cgroup, String file, String value) {
    Optional<Path> directory = hierarchies.directory(controller, cgroup);
    if (directory.isEmpty()) {
      return;
    }
    try {
      Files.writeString(directory.get().resolve(file), value);
    } catch (IOException e) {
      // A limit below what is used now, or a kernel without the file: the pod runs on without it.
      log.warn("Cgroup {} does not take {} = {}: {}", cgroup, file, value, e.getMessage());
    }
  }
}
