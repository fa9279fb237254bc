package dev.mokha.engine.images;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An image for this machine's platform.
 *
 * @param id digest of its configuration, {@code sha256:...}
 * @param references the names it has, complete ({@code docker.io/library/redis:7})
 * @param repoDigests the names with manifest digest, {@code docker.io/library/redis@sha256:...}
 * @param size bytes of its unpacked layers
 * @param created when it was made
 * @param layers the layers' diff ids, lowest first
 * @param config how its containers run
 */
public record Image(
    String id,
    List<String> references,
    List<String> repoDigests,
    long size,
    Instant created,
    List<String> layers,
    Config config) {

  /**
   * How containers of the image run (OCI image spec, section config).
   *
   * @param env {@code KEY=value}
   * @param entrypoint what runs
   * @param cmd its default arguments
   * @param workingDir where; empty for /
   * @param user {@code user[:group]} by name or number; empty for root
   * @param exposedPorts such as {@code 80/tcp}
   * @param volumes paths that want a volume
   * @param stopSignal such as {@code SIGQUIT}; empty for SIGTERM
   * @param labels the labels
   */
  public record Config(
      List<String> env,
      List<String> entrypoint,
      List<String> cmd,
      String workingDir,
      String user,
      List<String> exposedPorts,
      List<String> volumes,
      String stopSignal,
      Map<String, String> labels) {
    /** Copies the collections. */
    public Config {
      env = List.copyOf(env);
      entrypoint = List.copyOf(entrypoint);
      cmd = List.copyOf(cmd);
      exposedPorts = List.copyOf(exposedPorts);
      volumes = List.copyOf(volumes);
      labels = Map.copyOf(labels);
    }
  }

  /** Copies the collections. */
  public Image {
    references = List.copyOf(references);
    repoDigests = List.copyOf(repoDigests);
    layers = List.copyOf(layers);
  }
}
