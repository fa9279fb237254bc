package dev.mokha.docker.containers;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is written down of a Docker container beside the engine's own definition.
 *
 * @param format of this record: 1
 * @param id 64 hexadecimal digits, the engine's too
 * @param name without a slash
 * @param namespace whose it is in the cluster
 * @param user who made it
 * @param created when
 * @param imageId the image it was made from
 * @param config Docker's Config, merged with the image's
 * @param hostConfig Docker's HostConfig with all defaults
 * @param endpoints for each network its EndpointSettings as given, by the network's name
 * @param mounts as decided at creation
 */
public record ContainerRecord(
    int format,
    String id,
    String name,
    String namespace,
    String user,
    Instant created,
    String imageId,
    ObjectNode config,
    ObjectNode hostConfig,
    ObjectNode endpoints,
    List<MountPoint> mounts) {
  /** The format this program writes. */
  static final int FORMAT = 1;

  /** Nothing may be null. */
  public ContainerRecord {
    requireNonNull(id);
    requireNonNull(name);
    requireNonNull(namespace);
    requireNonNull(config);
    requireNonNull(hostConfig);
    requireNonNull(endpoints);
    mounts = List.copyOf(mounts);
  }

  ContainerRecord withName(String newName) {
    return with(newName, hostConfig, endpoints);
  }

  ContainerRecord withHostConfig(ObjectNode newHostConfig) {
    return with(name, newHostConfig, endpoints);
  }

  ContainerRecord withEndpoints(ObjectNode newEndpoints) {
    return with(name, hostConfig, newEndpoints);
  }

  /** What changes in a container's life; the rest is as it was made. */
  private ContainerRecord with(String newName, ObjectNode newHostConfig, ObjectNode newEndpoints) {
    return new ContainerRecord(
        format,
        id,
        newName,
        namespace,
        user,
        created,
        imageId,
        config,
        newHostConfig,
        newEndpoints,
        mounts);
  }

  /** The first twelve digits of the id. */
  public String shortId() {
    return id.substring(0, 12);
  }
}
