package dev.mokha.node.cgroup;

import dev.mokha.linux.MountEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the kernel's cgroup controllers are mounted: one hierarchy for all (v2), one for each or a
 * few (v1), or both with the controllers on v1 (hybrid). Nothing is ever mounted or moved here.
 */
public final class CgroupHierarchies {
  private static final List<String> CONTROLLERS =
      List.of(
          "cpu", "cpuacct", "memory", "pids", "cpuset", "blkio", "hugetlb", "freezer", "devices");

  private final Map<String, Path> v1;
  private final List<Path> v1Roots;
  private final Optional<Path> v2;

  private CgroupHierarchies(Map<String, Path> v1, List<Path> v1Roots, Optional<Path> v2) {
    this.v1 = Map.copyOf(v1);
    this.v1Roots = List.copyOf(v1Roots);
    this.v2 = v2;
  }

  /** Finds the hierarchies among the host's mounts. */
  public static CgroupHierarchies find(List<MountEntry> mounts) {
    Map<String, Path> v1 = new LinkedHashMap<>();
    List<Path> roots = new ArrayList<>();
    Optional<Path> v2 = Optional.empty();
    for (MountEntry mount : mounts) {
      if (mount.type().equals("cgroup")) {
        // Named ones without a controller too: the OCI runtime makes cgroups in them.
        roots.add(mount.target());
        for (String option : mount.superOptions()) {
          if (CONTROLLERS.contains(option)) {
            v1.putIfAbsent(option, mount.target());
          }
        }
      } else if (mount.type().equals("cgroup2") && v2.isEmpty()) {
        v2 = Optional.of(mount.target());
      }
    }
    return new CgroupHierarchies(v1, roots, v2);
  }

  /** True when all controllers are on the unified hierarchy. */
  public boolean unified() {
    return v1.isEmpty() && v2.isPresent();
  }

  /** The directory of a cgroup for a controller; empty when the controller is not mounted. */
  public Optional<Path> directory(String controller, String cgroup) {
    Optional<Path> root = unified() ? v2 : Optional.ofNullable(v1.get(controller));
    return root.map(r -> below(r, cgroup));
  }

  private List<Path> directories(String cgroup) {
    if (unified()) {
      return List.of(below(v2.orElseThrow(), cgroup));
    }
    List<Path> all = new ArrayList<>();
    v1Roots.stream().distinct().forEach(root -> all.add(below(root, cgroup)));
    v2.ifPresent(root -> all.add(below(root, cgroup)));
    return all;
  }

  private static Path below(Path root, String cgroup) {
    return root.resolve(cgroup.startsWith("/") ? cgroup.substring(1) : cgroup);
  }

  /**
   * Makes a cgroup in the hierarchies that limit something; on v2 with its parents' controllers.
   */
  public void create(String cgroup) {
    try {
      if (unified()) {
        Path at = v2.orElseThrow();
        for (Path part : Path.of(cgroup.substring(1))) {
          enableControllers(at);
          at = at.resolve(part);
          Files.createDirectories(at);
        }
        return;
      }
      for (String controller : List.of("cpu", "memory", "pids")) {
        Optional<Path> directory = directory(controller, cgroup);
        if (directory.isPresent()) {
          Files.createDirectories(directory.get());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make the cgroup " + cgroup, e);
    }
  }

  private static void enableControllers(Path parent) throws IOException {
    String available = Files.readString(parent.resolve("cgroup.controllers"));
    String enabled = Files.readString(parent.resolve("cgroup.subtree_control"));
    for (String controller : List.of("cpuset", "cpu", "io", "memory", "hugetlb", "pids")) {
      boolean wanted =
          List.of(available.trim().split(" ")).contains(controller)
              && !List.of(enabled.trim().split(" ")).contains(controller);
      if (wanted) {
        Files.writeString(parent.resolve("cgroup.subtree_control"), "+" + controller);
      }
    }
  }

  /**
   * Removes a cgroup and those below it, in all hierarchies.
   *
   * @return false when something still runs in it
   */
  public boolean remove(String cgroup) {
    boolean all = true;
    for (Path directory : directories(cgroup)) {
      all &= removeTree(directory);
    }
    return all;
  }

  private static boolean removeTree(Path directory) {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path child : children) {
        removeTree(child);
      }
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
    try {
      Files.deleteIfExists(directory);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The names of the cgroups right below one, over all hierarchies. */
  public List<String> children(String cgroup) {
    List<String> names = new ArrayList<>();
    for (Path directory : directories(cgroup)) {
      try (DirectoryStream<Path> children =
          Files.newDirectoryStream(directory, Files::isDirectory)) {
        for (Path child : children) {
          String name = child.getFileName().toString();
          if (!names.contains(name)) {
            names.add(name);
          }
        }
      } catch (IOException e) {
        // This hierarchy has no such cgroup.
      }
    }
    return names;
  }
}
