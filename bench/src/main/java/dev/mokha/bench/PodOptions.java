package dev.mokha.bench;

import picocli.CommandLine.Option;

/** What the pods that a command makes are like. */
final class PodOptions {
  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description =
          "An image with /bin/busybox, already present on the nodes or quickly pulled"
              + " (${DEFAULT-VALUE}).")
  private String image = "docker.io/library/busybox:1";

  @Option(
      names = "--cpu",
      paramLabel = "QUANTITY",
      description = "The CPU each pod requests (${DEFAULT-VALUE}).")
  private String cpu = "1m";

  @Option(
      names = "--memory",
      paramLabel = "QUANTITY",
      description = "The memory each pod requests (${DEFAULT-VALUE}).")
  private String memory = "4Mi";

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "The node to run them on, by its kubernetes.io/hostname; else any.")
  private String node = "";

  String image() {
    return image;
  }

  /** The manifests of such pods. */
  Manifests manifests(String namespace) {
    return new Manifests(namespace, image, cpu, memory, node);
  }
}
