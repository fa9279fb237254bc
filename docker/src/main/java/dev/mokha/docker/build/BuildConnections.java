package dev.mokha.docker.build;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.containers.HostFiles;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildNetwork;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Containers;
import dev.mokha.linux.DurableFiles;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.EndpointSpec;
import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Connects the containers of builds: to Docker's default bridge, to the network that the build
 * names, or to another container's.
 */
public final class BuildConnections implements BuildNetwork {
  private static final String OF_CONTAINER = "container:";

  /** Pods' containers are not Docker's to join. */
  private static final String OWNER = "docker";

  private static final int SHORT_ID = 12;

  private final ContainerNetworks networks;
  private final Containers containers;
  private final Path directory;

  /**
   * Connects them.
   *
   * @param directory for their /etc/hosts and /etc/resolv.conf; what a killed daemon left in it
   *     goes
   */
  public BuildConnections(ContainerNetworks networks, Containers containers, Path directory) {
    this.networks = requireNonNull(networks);
    this.containers = requireNonNull(containers);
    this.directory = requireNonNull(directory);
    try {
      DurableFiles.delete(directory);
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static EngineException failed(IOException e) {
    return new EngineException(
        EngineException.Code.INTERNAL,
        "The files of a build's network can't be written: " + e.getMessage(),
        e);
  }

  @Override
  public Connection connect(String containerId, String mode, List<String> extraHosts) {
    if (mode.startsWith(OF_CONTAINER)) {
      return joined(mode.substring(OF_CONTAINER.length()));
    }
    boolean done = false;
    try {
      Sandbox sandbox =
          networks.open(SandboxSpec.of(containerId, containerId.substring(0, SHORT_ID)));
      networks.attach(containerId, mode.equals("default") ? "bridge" : mode, EndpointSpec.PLAIN);
      Optional<Sandbox> attached = networks.sandbox(containerId);
      Path files = Files.createDirectories(directory.resolve(containerId));
      ObjectNode host = Json.object();
      ArrayNode extra = host.putArray("ExtraHosts");
      extraHosts.forEach(extra::add);
      HostFiles.write(
          files,
          Json.object().put("Hostname", containerId.substring(0, SHORT_ID)),
          host,
          attached,
          gateway(attached),
          false,
          Map.of());
      done = true;
      return new Connection(
          sandbox.namespace().orElseThrow().toString(),
          List.of(
              ContainerSpec.Mount.bind(files.resolve("hosts"), "/etc/hosts", false),
              ContainerSpec.Mount.bind(files.resolve("resolv.conf"), "/etc/resolv.conf", false)));
    } catch (NetworkException e) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "failed to set up container networking: " + e.getMessage(),
          e);
    } catch (IOException e) {
      throw failed(e);
    } finally {
      if (!done) {
        disconnect(containerId);
      }
    }
  }

  private static String gateway(Optional<Sandbox> sandbox) {
    return sandbox.stream()
        .flatMap(one -> one.endpoints().stream())
        .map(endpoint -> endpoint.ipv4Gateway())
        .filter(address -> !address.isEmpty())
        .findFirst()
        .orElse("");
  }

  private Connection joined(String wanted) {
    Optional<Container> container =
        containers.list(OWNER).stream().filter(one -> one.id().startsWith(wanted)).findFirst();
    int pid = container.map(one -> one.state().pid()).orElse(0);
    if (pid == 0) {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "No such container: " + wanted + ", or it does not run");
    }
    return new Connection("/proc/" + pid + "/ns/net", List.of());
  }

  @Override
  public void disconnect(String containerId) {
    networks.close(containerId);
    try {
      DurableFiles.delete(directory.resolve(containerId));
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
