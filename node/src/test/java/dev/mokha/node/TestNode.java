package dev.mokha.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.images.Progress;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.network.HostNetwork;
import dev.mokha.node.cgroup.CgroupHierarchies;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Pem;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * A server, an engine, a network and a node agent in this process: everything real, with names,
 * directories and address ranges of their own.
 */
final class TestNode implements AutoCloseable {
  static final String NODE = "node-1";
  private static final String DOMAIN = "cluster.local";

  final String instance;
  private final Path root;
  private final Path run;
  private final int range;
  private final Store store = MemoryStore.create();
  private final ClusterPki pki;
  private final ApiServer server;
  final ApiClient admin;
  final ResourceClient<Pod> pods;
  private final Informers informers;
  final Informer<Pod> informer;
  private Engine engine;
  private HostNetwork network;
  private Informers nodeInformers;
  private ApiClient nodeClient;
  private NodeAgent agent;

  private TestNode(int apiPort) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "containers need root: run as root");
    assumeTrue(Files.exists(Path.of("/usr/bin/conmon")), "containers need conmon: install it");
    int number = ThreadLocalRandom.current().nextInt(10_000);
    instance = "nodetest" + number;
    range = 128 + number % 60;
    root = Files.createDirectories(Path.of("/var/tmp", instance));
    run = Files.createDirectories(Path.of("/run", instance));
    pki = ClusterPki.open(root.resolve("pki"), Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings("192.0.2.1", 6443, service(1), services(), DOMAIN);
    server =
        ApiServer.start(
            ServerConfig.builder(
                    store,
                    pki.server(List.of(), service(1), DOMAIN),
                    new StandardStages(pki, settings, Clock.systemUTC()))
                .serviceCidr(services())
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), apiPort))
                .build());
    admin = server.client(UserInfo.SERVER, "test");
    pods = ResourceClient.of(admin, Kinds.POD);
    informers = Informers.of(admin);
    informer = informers.get(Kinds.POD);
    objects();
  }

  // Pods answer to this address: loopback would lead them to themselves.
  private static InetAddress hostAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
        .findFirst()
        .orElseThrow(() -> new IOException("this host has no address but loopback"));
  }

  private String services() {
    return "10." + (range + 1) + ".0.0/16";
  }

  private String service(int number) {
    return "10." + (range + 1) + ".0." + number;
  }

  // What controllers make in a whole cluster.
  private void objects() {
    ResourceClient.of(admin, Kinds.SERVICE_ACCOUNT)
        .create(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("default")
                .endMetadata()
                .build());
    ResourceClient.of(admin, Kinds.CONFIG_MAP)
        .create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("kube-root-ca.crt")
                .endMetadata()
                .withData(Map.of("ca.crt", pki.authorityPem()))
                .build());
  }

  /** A node that runs; when it can't, nothing of it is left. */
  static TestNode start() throws Exception {
    TestNode node = new TestNode(0);
    try {
      node.open();
      return node;
    } catch (Exception | Error e) {
      node.close();
      throw e;
    }
  }

  private void open() throws Exception {
    openHost();
    Path archive = root.resolve("busybox.tar");
    BusyboxArchive.write(archive);
    engine.images().importArchive(archive, "", Progress.NONE);
    startAgent();
    writeKubeconfig();
  }

  /** Opens engine and network, as a starting daemon does. */
  void openHost() throws IOException {
    engine =
        Engine.open(
            new EngineConfig(
                root.resolve("engine"),
                run.resolve("engine"),
                "/" + instance,
                Map.of(),
                List.of()));
    network =
        HostNetwork.open(
            new HostNetwork.Config(
                instance,
                NODE,
                Files.createDirectories(root.resolve("network")),
                Files.createDirectories(run.resolve("network")),
                "10." + range + ".0.0/24",
                "10." + range + ".0.0/16",
                services(),
                InetAddress.ofLiteral(service(10)),
                DOMAIN,
                hostAddress(),
                List.of(),
                List.of("127.0.0.1"),
                Map.of()));
  }

  /** Starts the agent. */
  void startAgent() throws IOException, GeneralSecurityException {
    nodeClient =
        server.client(
            UserInfo.authenticated("system:node:" + NODE, List.of("system:nodes")), "kubelet");
    nodeInformers = Informers.of(nodeClient);
    KeyAndCertificates serving =
        pki.kubeletServing(NODE, List.of("127.0.0.1", hostAddress().getHostAddress()));
    Path certificate = root.resolve("serving.crt");
    Path key = root.resolve("serving.key");
    Path ca = root.resolve("ca.crt");
    Files.writeString(certificate, Pem.certificates(serving.chain()));
    Files.writeString(key, Pem.privateKey(serving.key()));
    Files.writeString(ca, pki.authorityPem());
    NodeConfig config =
        NodeConfig.of(
            NODE,
            hostAddress(),
            root.resolve("node"),
            run.resolve("node"),
            "/" + instance,
            "10." + range + ".0.0/24",
            DOMAIN,
            new NodeConfig.Https("0.0.0.0", 0, certificate, key, ca));
    agent = NodeAgent.start(config, nodeClient, nodeInformers, engine, network);
    network.start(nodeClient, nodeInformers);
  }

  /** Ends all that a daemon has in memory, as a killed one would; containers run on. */
  void stopAgent() {
    agent.close();
    nodeInformers.close();
    network.close();
    engine.close();
  }

  Engine engine() {
    return engine;
  }

  int kubeletPort() {
    return agent.port();
  }

  ClusterPki pki() {
    return pki;
  }

  /** Where kubectl finds this cluster. */
  Path kubeconfig() {
    return root.resolve("kubeconfig");
  }

  private void writeKubeconfig() throws IOException, GeneralSecurityException {
    Files.writeString(
        kubeconfig(),
        """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}}]
        users: [{name: admin, user: {client-certificate-data: %s, client-key-data: %s}}]
        contexts: [{name: test, context: {cluster: test, user: admin}}]
        """
            .formatted(
                server.address().getPort(),
                base64(pki.authorityPem()),
                base64(Pem.certificates(pki.admin().chain())),
                base64(Pem.privateKey(pki.admin().key()))));
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** Waits until the pod is as wanted; its last state otherwise makes the message. */
  Pod await(String name, Predicate<Pod> wanted) throws InterruptedException {
    CompletableFuture<Pod> found = new CompletableFuture<>();
    informer.addHandler(
        Informer.Handler.any(
            pod -> {
              if (pod.getMetadata().getName().equals(name) && wanted.test(pod)) {
                found.complete(pod);
              }
            }));
    try {
      return found.get(40, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError(
          "pod " + name + " is not as wanted: " + informer.find("default", name) + events(), e);
    }
  }

  private String events() {
    StringBuilder text = new StringBuilder();
    ResourceClient.of(admin, Kinds.EVENT)
        .list("default", ListOptions.ALL)
        .forEach(
            e -> text.append("\n  ").append(e.getReason()).append(": ").append(e.getMessage()));
    return text.toString();
  }

  void delete(String name) throws InterruptedException {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    informer.addHandler(
        new Informer.Handler<>() {
          @Override
          public void onAdd(Pod pod) {}

          @Override
          public void onUpdate(Pod before, Pod after) {}

          @Override
          public void onDelete(Pod pod) {
            if (pod.getMetadata().getName().equals(name)) {
              gone.complete(null);
            }
          }
        });
    pods.delete("default", name, new DeleteOptions(1L, "", "", ""));
    try {
      gone.get(40, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError("pod " + name + " is not gone" + events(), e);
    }
  }

  @Override
  public void close() {
    List<Runnable> steps = new ArrayList<>();
    if (agent != null) {
      steps.add(agent::close);
      steps.add(nodeInformers::close);
    }
    if (network != null) {
      steps.add(() -> engine.containers().list("").forEach(c -> c.remove()));
      steps.add(network::wipe);
      steps.add(network::close);
    }
    if (engine != null) {
      steps.add(engine::close);
    }
    steps.add(informers::close);
    steps.add(server::close);
    steps.add(store::close);
    steps.add(() -> Mounts.unmountTree(root));
    steps.add(() -> Mounts.unmountTree(run));
    steps.add(() -> CgroupHierarchies.find(Mounts.list()).remove("/" + instance));
    steps.add(() -> deleteTree(root));
    steps.add(() -> deleteTree(run));
    RuntimeException failure = null;
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void deleteTree(Path tree) {
    try {
      DurableFiles.delete(tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }
}
