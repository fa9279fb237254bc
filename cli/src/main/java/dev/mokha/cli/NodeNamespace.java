package dev.mokha.cli;

import dev.mokha.linux.Namespaces;
import java.nio.file.Path;

/**
 * The network namespace of a further node on this machine: a stand-in for a second host, joined to
 * the first by a veth with addresses of its own.
 */
final class NodeNamespace {
  private NodeNamespace() {}

  /** Where it is pinned. */
  static Path path(Instance instance, int node) {
    return instance.runDir().resolve("node-" + node + ".netns");
  }

  /** Makes it and its link, unless they are there. */
  static void create(Instance instance, int node) {
    if (Namespaces.isPinned(path(instance, node))) {
      return;
    }
    throw new UnsupportedOperationException();
  }
}
