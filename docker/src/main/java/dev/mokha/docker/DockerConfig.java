package dev.mokha.docker;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.http.Access;
import dev.mokha.docker.http.DockerServer;
import dev.mokha.engine.Engine;
import dev.mokha.network.bridges.ContainerNetworks;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the Docker API is made over.
 *
 * @param engine the engine whose images and containers it shows
 * @param networks Docker's networks on this machine; closed by who opened them
 * @param dataDir what must survive a reboot: records of containers, volumes
 * @param runDir what must not: files of running containers; below /run
 * @param sockets where it listens
 * @param tls where it listens with TLS, if at all
 * @param access who may do what
 * @param publishOnAllAddresses whether a published port without an address is open to the outside,
 *     as dockerd has it, and not bound to loopback
 * @param mapUsers whether containers that don't say have ids of their own (user namespaces)
 */
public record DockerConfig(
    Engine engine,
    ContainerNetworks networks,
    Path dataDir,
    Path runDir,
    List<Path> sockets,
    Optional<DockerServer.Tls> tls,
    Access access,
    boolean publishOnAllAddresses,
    boolean mapUsers) {
  /** Copies the list. */
  public DockerConfig {
    requireNonNull(engine, "engine");
    requireNonNull(networks, "networks");
    requireNonNull(dataDir, "dataDir");
    requireNonNull(runDir, "runDir");
    sockets = List.copyOf(sockets);
    requireNonNull(tls, "tls");
    requireNonNull(access, "access");
  }

  /** One whose containers have the host's ids unless they say otherwise. */
  public DockerConfig(
      Engine engine,
      ContainerNetworks networks,
      Path dataDir,
      Path runDir,
      List<Path> sockets,
      Optional<DockerServer.Tls> tls,
      Access access,
      boolean publishOnAllAddresses) {
    this(engine, networks, dataDir, runDir, sockets, tls, access, publishOnAllAddresses, false);
  }
}
