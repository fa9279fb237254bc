package dev.mokha.cli.daemon;

import dev.mokha.api.error.StatusException;
import dev.mokha.cli.Addresses;
import dev.mokha.cli.DockerSocket;
import dev.mokha.cli.Instance;
import dev.mokha.cli.NodeNamespace;
import dev.mokha.cli.Settings;
import dev.mokha.cli.join.JoinedNode;
import dev.mokha.cli.join.Renewal;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.https.Endpoint;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.OwnRegistry;
import dev.mokha.engine.images.ImagePolicy;
import dev.mokha.network.HostNetwork;
import dev.mokha.node.NodeAgent;
import dev.mokha.node.NodeConfig;
import dev.mokha.registry.Registry;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Pem;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The engine, the network and the agent of one node. */
final class NodeRole implements AutoCloseable {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
  private static final int KUBELET_PORT = 10250;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final String nodeName;
  private final Engine engine;
  private final Informer<Node> nodes;
  private final Informer<Pod> pods;

  private NodeRole(
      Instance instance,
      Settings settings,
      int number,
      ApiClient agentClient,
      ApiClient networkClient,
      Certificates certificates,
      Optional<OwnRegistry> ownRegistry,
      Phases phases)
      throws IOException {
    nodeName = nodeName(instance, number);
    Path dataDir = instance.nodeDataDir(number);
    Path runDir = instance.nodeRunDir(number);
    Files.createDirectories(dataDir);
    Files.createDirectories(runDir);
    engine = opened(Engine.open(engineConfig(instance, settings, number, ownRegistry)));
    HostNetwork network = opened(HostNetwork.open(networkConfig(instance, settings, number)));
    Informers networkInformers = opened(Informers.of(networkClient));
    network.start(networkClient, networkInformers);
    Informers informers = opened(Informers.of(agentClient));
    nodes = informers.get(Kinds.NODE, "", ListOptions.fields("metadata.name=" + nodeName));
    pods = informers.get(Kinds.POD, "", ListOptions.fields("spec.nodeName=" + nodeName));
    InetAddress address = address(instance, settings, number);
    NodeConfig config =
        NodeConfig.of(
            nodeName,
            address,
            dataDir.resolve("agent"),
            runDir.resolve("agent"),
            cgroupRoot(instance, number),
            podCidr(instance, settings, number),
            settings.clusterDomain(),
            certificates.make(nodeName, address, runDir.resolve("pki")));
    opened(NodeAgent.start(config, agentClient, informers, engine, network));
    phases.done("agent");
    opened(docker(instance, settings, number, config.https(), agentClient));
    engine.containers().supervise();
    phases.done("docker");
  }

  private DockerRole docker(
      Instance instance,
      Settings settings,
      int number,
      NodeConfig.Https https,
      ApiClient agentClient)
      throws IOException {
    try {
      boolean first = number == 1 || number == JoinedNode.NUMBER;
      return new DockerRole(
          instance, settings, number, first, https, nodeName, engine, agentClient);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("Docker's API did not close well: " + e.getMessage(), e);
    }
  }

  /** The first node, in the process of the server. */
  static NodeRole withServer(Instance instance, Settings settings, ServerRole server, Phases phases)
      throws IOException {
    String name = nodeName(1);
    return new NodeRole(
        instance,
        settings,
        1,
        server.nodeClient(name, "kubelet"),
        server.client("system:kube-proxy", "kube-proxy"),
        (node, address, dir) -> https(server.pki(), settings, node, address, dir),
        RegistryRole.expected(settings)
            .map(base -> RegistryRole.seenFrom(settings, 1, tls(base, server.pki(), name))),
        phases);
  }

  /** A further node, whose server is reached over HTTPS. */
  static NodeRole alone(Instance instance, Settings settings, int number, Phases phases)
      throws IOException {
    ClusterPki pki = ClusterPki.open(instance.dataDir().resolve("pki"), Clock.systemUTC());
    URI server =
        URI.create(
            "https://%s:%d"
                .formatted(settings.nodeAddress(1).getHostAddress(), settings.listenPort()));
    ApiClient agent =
        new HttpsApiClient(endpoint(server, pki, pki.kubelet(nodeName(number))), "kubelet");
    ApiClient network = new HttpsApiClient(endpoint(server, pki, pki.proxy()), "kube-proxy");
    NodeRole role =
        new NodeRole(
            instance,
            settings,
            number,
            agent,
            network,
            (node, address, dir) -> https(pki, settings, node, address, dir),
            RegistryRole.expected(settings)
                .map(
                    base ->
                        RegistryRole.seenFrom(settings, number, tls(base, pki, nodeName(number)))),
            phases);
    role.open.addLast(agent);
    role.open.addLast(network);
    return role;
  }

  /**
   * The node of a machine that has joined a cluster: one identity, its own, for all it does.
   *
   * @param renewed is called when it has new certificates, which only a new process reads
   */
  static NodeRole joined(
      Instance instance, Settings settings, JoinedNode joined, Phases phases, Runnable renewed)
      throws IOException {
    ApiClient agent = new HttpsApiClient(joined.endpoint(instance), "kubelet");
    ApiClient network = new HttpsApiClient(joined.endpoint(instance), "kube-proxy");
    Path pki = JoinedNode.pki(instance);
    NodeRole role =
        new NodeRole(
            instance,
            settings,
            JoinedNode.NUMBER,
            agent,
            network,
            (node, address, dir) ->
                new NodeConfig.Https(
                    address.getHostAddress(),
                    KUBELET_PORT,
                    pki.resolve("serving.crt"),
                    pki.resolve("serving.key"),
                    pki.resolve("ca.crt")),
            RegistryRole.seenFromAfar(settings, joined.endpoint(instance)),
            phases);
    role.opened(Renewal.start(instance, joined, agent, Clock.systemUTC(), renewed));
    role.open.addLast(agent);
    role.open.addLast(network);
    return role;
  }

  /** Makes what the kubelet's server shows. */
  @FunctionalInterface
  private interface Certificates {
    NodeConfig.Https make(String node, InetAddress address, Path dir) throws IOException;
  }

  private static Optional<JoinedNode> joined(Instance instance, int number) {
    return number == JoinedNode.NUMBER ? JoinedNode.read(instance) : Optional.empty();
  }

  private static String nodeName(Instance instance, int number) {
    return joined(instance, number).map(JoinedNode::name).orElseGet(() -> nodeName(number));
  }

  private static InetAddress address(Instance instance, Settings settings, int number) {
    return joined(instance, number)
        .map(j -> InetAddress.ofLiteral(j.address()))
        .orElseGet(() -> settings.nodeAddress(number));
  }

  private static String podCidr(Instance instance, Settings settings, int number) {
    return joined(instance, number)
        .map(JoinedNode::podCidr)
        .orElseGet(() -> Addresses.podCidr(settings.podCidr(), number - 1));
  }

  /** What a node shows the registry, and whom it trusts to be it. */
  private static Endpoint tls(URI registry, ClusterPki pki, String node) {
    return endpoint(registry, pki, pki.kubelet(node));
  }

  private static Endpoint endpoint(URI server, ClusterPki pki, KeyAndCertificates own) {
    try {
      return Endpoint.of(
          server, pki.authorityPem(), Pem.certificates(own.chain()), Pem.privateKey(own.key()), "");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of ours can't be encoded", e);
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** The machine's own name; further nodes add their number. */
  static String nodeName(int number) {
    String name = MachineName.get();
    return number == 1 ? name : name + "-" + number;
  }

  static EngineConfig engineConfig(
      Instance instance, Settings settings, int number, Optional<OwnRegistry> ownRegistry) {
    return new EngineConfig(
        instance.nodeDataDir(number).resolve("engine"),
        instance.nodeRunDir(number).resolve("engine"),
        cgroupRoot(instance, number),
        RegistryRole.mirrors(settings, ownRegistry),
        List.of(),
        ownRegistry,
        settings.imagePolicy().isEmpty()
            ? ImagePolicy.NONE
            : ImagePolicy.read(Path.of(settings.imagePolicy())));
  }

  private static String cgroupRoot(Instance instance, int number) {
    return "/mokha/" + instance.nodeInstance(number);
  }

  static HostNetwork.Config networkConfig(Instance instance, Settings settings, int number) {
    return new HostNetwork.Config(
        instance.nodeInstance(number),
        nodeName(instance, number),
        instance.nodeDataDir(number).resolve("network"),
        instance.nodeRunDir(number).resolve("network"),
        podCidr(instance, settings, number),
        settings.podCidr(),
        settings.serviceCidr(),
        Addresses.nth(settings.serviceCidr(), 10),
        settings.clusterDomain(),
        address(instance, settings, number),
        List.of(),
        NodeNamespace.nodePortAddresses(number),
        Map.of(Registry.HOST, RegistryService.NAMESPACE + "/" + RegistryService.NAME));
  }

  private static NodeConfig.Https https(
      ClusterPki pki, Settings settings, String nodeName, InetAddress address, Path dir)
      throws IOException {
    Files.createDirectories(dir);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    KeyAndCertificates serving = pki.kubeletServing(nodeName, servingNames(settings, address));
    try {
      Path certificate =
          Files.writeString(dir.resolve("kubelet.crt"), Pem.certificates(serving.chain()));
      Path key = Files.writeString(dir.resolve("kubelet.key"), Pem.privateKey(serving.key()));
      Path ca = Files.writeString(dir.resolve("ca.crt"), pki.authorityPem());
      return new NodeConfig.Https(address.getHostAddress(), KUBELET_PORT, certificate, key, ca);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of ours can't be encoded", e);
    }
  }

  /** How clients may call the node: Docker's too, who use the same certificate. */
  private static List<String> servingNames(Settings settings, InetAddress address) {
    List<String> names =
        new ArrayList<>(List.of(address.getHostAddress(), "127.0.0.1", "localhost"));
    DockerSocket.tls(settings.dockerSockets())
        .map(tls -> tls.getAddress().getHostAddress())
        .filter(name -> !names.contains(name))
        .ifPresent(names::add);
    return names;
  }

  Engine engine() {
    return engine;
  }

  String nodeName() {
    return nodeName;
  }

  int podCount() {
    return pods.list("").size();
  }

  boolean isReady() {
    return nodes.find("", nodeName).filter(NodeRole::isReady).isPresent();
  }

  private static boolean isReady(Node node) {
    return node.getStatus() != null
        && node.getStatus().getConditions() != null
        && node.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("Ready"))
            .map(NodeCondition::getStatus)
            .anyMatch("True"::equals);
  }

  /** Waits until the API shows this node as Ready. */
  void awaitReady() throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(1);
    nodes.addHandler(
        Informer.Handler.any(
            n -> {
              if (isReady(n)) {
                ready.countDown();
              }
            }));
    if (!ready.await(READY_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw StatusException.internal(
          "the node %s was not Ready within %d s; see mokha logs"
              .formatted(nodeName, READY_TIMEOUT.toSeconds()));
    }
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
