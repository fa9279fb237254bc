package dev.mokha.cli;

import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stops a cluster on this machine. */
@Command(
    name = "down",
    description =
        "Stop the cluster on this machine with its containers; what is on disk stays, and up"
            + " brings all of it back.")
final class DownCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Option(
      names = "--wipe",
      description = "Remove the data too, images and volumes included: nothing of Mokha is left.")
  private boolean wipe;

  @Override
  public void run() {
    InstanceOption.requireRoot("down");
    Instance instance = option.instance();
    if (!Files.exists(instance.settingsFile())) {
      removeTree(instance.runDir());
      if (wipe) {
        removeTree(instance.dataDir());
      }
      System.out.println("Nothing of Mokha runs here.");
      return;
    }
    Settings settings = Settings.read(instance).orElseThrow();
    Processes processes = new Processes(instance);
    try (ProgressBars bars = new ProgressBars()) {
      List<Integer> nodes = Processes.nodes(instance, settings).reversed();
      int steps = 2 * nodes.size();
      int step = 0;
      for (int node : nodes) {
        bars.update("down", "stopping " + Processes.nameOf(node), step++, steps);
        processes.stop(node);
      }
      for (int node : nodes) {
        bars.update("down", "removing containers of node " + node, step++, steps);
        if (processes.runOnNode(node, "sweep") != 0) {
          throw new UserError(
              "node %d could not be cleaned up; run mokha down again, and see mokha logs %d"
                  .formatted(node, node));
        }
        if (node > 1) {
          NodeNamespace.remove(instance, node);
        }
      }
    }
    NodeNamespace.removeHostAddress(settings);
    Mounts.unmountTree(instance.runDir());
    removeTree(instance.runDir());
    if (wipe) {
      Mounts.unmountBelow(instance.dataDir());
      wipe(instance.dataDir());
      UserKubeconfig.removeContext(instance);
    }
    System.out.println(
        wipe ? wiped(settings) : "Mokha is down; its data is in " + instance.dataDir() + ".");
  }

  /** What is in an etcd belongs to all servers of the cluster: one that goes leaves it there. */
  private static String wiped(Settings settings) {
    return settings.store().isEmpty()
        ? "Mokha is down, and nothing of it is left."
        : "Mokha is down, and nothing of it is left here; the cluster's objects are still in "
            + settings.store()
            + ".";
  }

  /** Removes a data directory; of one that is a disk of its own, all that is on it. */
  static void wipe(Path dataDir) {
    if (Mounts.list().stream().noneMatch(mount -> mount.target().equals(dataDir))) {
      removeTree(dataDir);
      return;
    }
    try (Stream<Path> entries = Files.list(dataDir)) {
      for (Path entry : entries.filter(path -> !path.endsWith("lost+found")).toList()) {
        DurableFiles.delete(entry);
      }
    } catch (IOException e) {
      throw new UserError("%s can't be emptied: %s".formatted(dataDir, e.getMessage()));
    }
  }

  private static void removeTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      DurableFiles.delete(root);
      Path parent = root.getParent();
      if (parent.endsWith("run/mokha") && Files.list(parent).findAny().isEmpty()) {
        Files.delete(parent);
      }
    } catch (IOException e) {
      throw new UserError(root + " can't be removed: " + e.getMessage());
    }
  }
}
