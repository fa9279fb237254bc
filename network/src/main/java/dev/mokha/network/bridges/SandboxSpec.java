package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A sandbox that is wanted.
 *
 * @param containerId 64 hexadecimal digits; the first 12 are a name of it too
 * @param containerName without a slash
 * @param host whether the container shares the host's own network: nothing is made, but it shows in
 *     the network {@code host}
 * @param existing a namespace to take instead of a new one, such as {@code /proc/PID/ns/net}, for
 *     one that must belong to a user namespace
 * @param nameservers who is asked for names that are no container's ({@code --dns}); the host's
 *     when empty
 */
public record SandboxSpec(
    String containerId,
    String containerName,
    boolean host,
    Optional<Path> existing,
    List<String> nameservers) {
  /** Refuses nulls. */
  public SandboxSpec {
    requireNonNull(containerId, "containerId");
    requireNonNull(containerName, "containerName");
    requireNonNull(existing, "existing");
    nameservers = List.copyOf(nameservers);
  }

  /** A new namespace with the host's name servers. */
  public static SandboxSpec of(String containerId, String containerName) {
    return new SandboxSpec(containerId, containerName, false, Optional.empty(), List.of());
  }
}
