package dev.mokha.docker.cluster;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * A container as the cluster shows it.
 *
 * @param id 64 hexadecimal digits
 * @param name without a slash
 * @param namespace the cluster's namespace it belongs to
 * @param owner who made it
 * @param image as it was named
 * @param imageId {@code sha256:...}
 * @param command the words it runs
 * @param ports such as {@code 127.0.0.1:8080->80/tcp}
 * @param cpuMillis limit in thousandths of a core; 0 for none
 * @param memoryBytes limit; 0 for none
 * @param state as Docker calls it
 * @param health as Docker calls it; empty without checks
 * @param exitCode of its last run
 * @param started null before its first run
 * @param finished null before its first end
 * @param address in its first network; empty for none
 */
public record ShownContainer(
    String id,
    String name,
    String namespace,
    String owner,
    String image,
    String imageId,
    List<String> command,
    List<String> ports,
    long cpuMillis,
    long memoryBytes,
    String state,
    String health,
    int exitCode,
    Instant started,
    Instant finished,
    String address) {
  /** Copies the lists. */
  public ShownContainer {
    requireNonNull(id, "id");
    requireNonNull(namespace, "namespace");
    command = List.copyOf(command);
    ports = List.copyOf(ports);
  }
}
