package dev.mokha.cli.daemon;

import dev.mokha.cli.DockerSocket;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.client.ApiClient;
import dev.mokha.docker.DockerApi;
import dev.mokha.docker.DockerConfig;
import dev.mokha.docker.access.RbacAccess;
import dev.mokha.docker.cluster.ContainerMirror;
import dev.mokha.docker.http.DockerServer;
import dev.mokha.engine.Engine;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.node.NodeConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Docker's API on one node: its networks, its sockets, and what the cluster sees of it. */
final class DockerRole implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /**
   * Opens it.
   *
   * @param client the node's own, by which the cluster is asked who may do what
   * @param extraSockets whether the settings' sockets are this node's
   * @param https the node's serving certificate
   */
  DockerRole(
      Instance instance,
      Settings settings,
      int number,
      boolean extraSockets,
      NodeConfig.Https https,
      String nodeName,
      Engine engine,
      ApiClient client)
      throws Exception {
    Path dataDir = instance.nodeDataDir(number);
    Path runDir = instance.nodeRunDir(number);
    try {
      ContainerNetworks networks =
          opened(ContainerNetworks.open(networksConfig(instance, settings, number)));
      List<Path> sockets = new ArrayList<>();
      sockets.add(instance.dockerSocket(number));
      if (extraSockets) {
        settings.dockerSockets().stream()
            .filter(socket -> !DockerSocket.isTls(socket))
            .forEach(path -> sockets.add(Path.of(path)));
      }
      Optional<DockerServer.Tls> tls =
          DockerSocket.tls(extraSockets ? settings.dockerSockets() : List.of())
              .map(
                  address ->
                      new DockerServer.Tls(
                          address, https.certificate(), https.key(), https.clientCa()));
      DockerApi api =
          opened(
              DockerApi.open(
                  new DockerConfig(
                      engine,
                      networks,
                      dataDir.resolve("docker"),
                      runDir.resolve("docker"),
                      sockets,
                      tls,
                      new RbacAccess(client, Clock.systemUTC()),
                      false,
                      settings.userns().equals("private"))));
      ContainerMirror mirror =
          opened(ContainerMirror.start(client, nodeName, api.shownContainers()));
      api.onContainerChange(mirror::changed);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Where a node's container networks are kept, and what they must not collide with. */
  static ContainerNetworks.Config networksConfig(Instance instance, Settings settings, int number) {
    return new ContainerNetworks.Config(
        instance.nodeInstance(number),
        instance.nodeDataDir(number).resolve("docker-networks"),
        instance.nodeRunDir(number).resolve("docker-networks"),
        ContainerNetworks.AddressPool.DOCKERS,
        List.of(settings.podCidr(), settings.serviceCidr(), settings.nodeCidr()),
        List.of(settings.podCidr()),
        List.of());
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
