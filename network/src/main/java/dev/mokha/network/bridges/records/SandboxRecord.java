package dev.mokha.network.bridges.records;

import dev.mokha.network.bridges.ContainerNetworks.PortBinding;
import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import dev.mokha.network.bridges.Endpoint;
import java.util.List;

/**
 * What is written down of a sandbox.
 *
 * @param format {@link #FORMAT}
 * @param containerId whose
 * @param containerName its name
 * @param host whether it is the host's own network
 * @param nameservers who is asked for names that are no container's
 * @param endpoints in the order they were attached
 * @param ports what is wanted, with what it got
 */
public record SandboxRecord(
    int format,
    String containerId,
    String containerName,
    boolean host,
    List<String> nameservers,
    List<Endpoint> endpoints,
    List<Publication> ports) {
  /** The only one so far. */
  public static final int FORMAT = 1;

  /** Absent lists are empty ones. */
  public SandboxRecord {
    nameservers = nameservers == null ? List.of() : List.copyOf(nameservers);
    endpoints = endpoints == null ? List.of() : List.copyOf(endpoints);
    ports = ports == null ? List.of() : List.copyOf(ports);
  }

  /**
   * A port that is wanted.
   *
   * @param request as it was asked for
   * @param bindings what is published; empty while there is no way to the world
   */
  public record Publication(PortRequest request, List<PortBinding> bindings) {
    /** Absent lists are empty ones. */
    public Publication {
      bindings = bindings == null ? List.of() : List.copyOf(bindings);
    }
  }

  /** The same with other endpoints. */
  public SandboxRecord withEndpoints(List<Endpoint> changed) {
    return new SandboxRecord(format, containerId, containerName, host, nameservers, changed, ports);
  }

  /** The same with other ports. */
  public SandboxRecord withPorts(List<Publication> changed) {
    return new SandboxRecord(
        format, containerId, containerName, host, nameservers, endpoints, changed);
  }

  /** The same with another name. */
  public SandboxRecord withName(String changed) {
    return new SandboxRecord(format, containerId, changed, host, nameservers, endpoints, ports);
  }

  /** What is published. */
  public List<PortBinding> bindings() {
    return ports.stream().flatMap(publication -> publication.bindings().stream()).toList();
  }
}
