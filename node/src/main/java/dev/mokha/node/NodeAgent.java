package dev.mokha.node;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.Engine;
import dev.mokha.linux.Mounts;
import dev.mokha.network.HostNetwork;
import dev.mokha.node.cgroup.CgroupHierarchies;
import dev.mokha.node.cgroup.PodCgroups;
import dev.mokha.node.environment.ContainerEnvironment;
import dev.mokha.node.http.KubeletServer;
import dev.mokha.node.images.PodImages;
import dev.mokha.node.images.RegistryLogin;
import dev.mokha.node.lifecycle.NodeServices;
import dev.mokha.node.lifecycle.PodDirectories;
import dev.mokha.node.lifecycle.PodWorkers;
import dev.mokha.node.lifecycle.VolumeFailures;
import dev.mokha.node.objects.WatchedObjects;
import dev.mokha.node.registration.Machine;
import dev.mokha.node.registration.NodeCapacity;
import dev.mokha.node.registration.NodeObject;
import dev.mokha.node.registration.NodeRegistration;
import dev.mokha.node.registration.Takings;
import dev.mokha.node.status.StatusManager;
import dev.mokha.node.timing.Alarms;
import dev.mokha.node.volume.PodVolumes;
import dev.mokha.node.volume.ServiceAccountTokens;
import dev.mokha.node.volume.VolumeClaims;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Clock;
import java.util.Optional;

/**
 * The node agent: registers this host, makes the pods bound to it real, and serves the kubelet's
 * API. Closing it leaves all containers running; the next agent on the same directories adopts
 * them.
 *
 * <pre>{@code
 * try (NodeAgent agent = NodeAgent.start(config, client, informers, engine, network)) {
 *   agent.port(); // where the kubelet's API listens
 *   ...
 * }
 * }</pre>
 */
public final class NodeAgent implements AutoCloseable {
  private final Alarms alarms;
  private final StatusManager status;
  private final WatchedObjects<ConfigMap> configMaps;
  private final WatchedObjects<Secret> secrets;
  private final PodWorkers workers;
  private final KubeletServer server;
  private final NodeRegistration registration;
  private final int port;

  private NodeAgent(
      NodeConfig config,
      ApiClient client,
      Informers informers,
      Engine engine,
      HostNetwork network) {
    Clock clock = Clock.systemUTC();
    Machine machine = Machine.read();
    PodDirectories directories =
        new PodDirectories(config.dataDir(), config.runDir(), config.logDir());
    alarms = new Alarms();
    ResourceClient<Pod> pods = ResourceClient.of(client, Kinds.POD);
    ResourceClient<Secret> readSecrets = ResourceClient.of(client, Kinds.SECRET);
    ResourceClient<ConfigMap> readConfigMaps = ResourceClient.of(client, Kinds.CONFIG_MAP);
    EventRecorder events = EventRecorder.of(client, "kubelet", config.nodeName());
    status = new StatusManager(pods);
    configMaps = new WatchedObjects<>(client, Kinds.CONFIG_MAP);
    secrets = new WatchedObjects<>(client, Kinds.SECRET);
    CgroupHierarchies hierarchies = CgroupHierarchies.find(Mounts.list());
    PodCgroups cgroups = new PodCgroups(hierarchies, config.cgroupRoot());
    Takings takings = new Takings(engine.containers());
    NodeCapacity capacity = NodeCapacity.of(config, machine);
    cgroups.open(capacity.cpuMillis(), capacity.memoryBytes());
    Informer<Service> services = informers.get(Kinds.SERVICE);
    NodeServices node =
        new NodeServices(
            config,
            machine,
            engine,
            network,
            pods,
            services,
            events,
            directories,
            new PodVolumes.Services(
                configMaps,
                secrets,
                new ServiceAccountTokens(client, clock),
                new VolumeClaims(client),
                alarms),
            new ContainerEnvironment(
                new ContainerEnvironment.Objects() {
                  @Override
                  public Optional<ConfigMap> configMap(String namespace, String name) {
                    return readConfigMaps.find(namespace, name);
                  }

                  @Override
                  public Optional<Secret> secret(String namespace, String name) {
                    return readSecrets.find(namespace, name);
                  }
                }),
            new PodImages(
                engine.images(),
                readSecrets,
                new RegistryLogin(
                    engine.ownRegistryHosts(), new ServiceAccountTokens(client, clock)),
                events,
                clock),
            cgroups,
            takings,
            hierarchies,
            status,
            alarms,
            clock);
    VolumeFailures.follow(engine, events);
    workers =
        new PodWorkers(
            node,
            informers.get(Kinds.POD, "", ListOptions.fields("spec.nodeName=" + config.nodeName())));
    server = new KubeletServer(config, workers, client, clock);
    port = server.start();
    registration =
        new NodeRegistration(
            config,
            new NodeObject(config, machine, engine.runtime(), port),
            engine,
            takings,
            taken -> {
              NodeCapacity left = capacity.without(taken);
              cgroups.cap(left.cpuMillis(), left.memoryBytes());
            },
            client,
            alarms,
            clock);
    registration.start();
    workers.start();
  }

  /**
   * Starts an agent. It does not wait until the API knows the node.
   *
   * @param client acts as {@code system:node:NAME}
   * @param informers read through the same client
   * @throws IllegalStateException when the kubelet's port is taken, its certificate unusable, or
   *     the directories are of a newer program; the message says what to do
   */
  public static NodeAgent start(
      NodeConfig config,
      ApiClient client,
      Informers informers,
      Engine engine,
      HostNetwork network) {
    requireNonNull(config, "config");
    requireNonNull(client, "client");
    return new NodeAgent(config, client, informers, engine, network);
  }

  /** Where the kubelet's API listens. */
  public int port() {
    return port;
  }

  @Override
  public void close() {
    registration.close();
    workers.close();
    server.close();
    status.close();
    alarms.close();
    configMaps.close();
    secrets.close();
  }
}
