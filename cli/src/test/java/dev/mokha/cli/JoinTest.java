package dev.mokha.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A network namespace joins a cluster as another machine would, and stays when the server ends. */
@Timeout(400)
class JoinTest {
  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  /** Of the addresses of the cluster's nodes; no node of {@code up --nodes} has it. */
  private static final int PLACE = 77;

  @TempDir private Path directory;
  private Instance cluster;
  private Instance joined;

  @BeforeEach
  void requireRoot() {
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        "needs root: it makes containers, namespaces and mounts");
    cluster = Instance.of(directory.resolve("cluster"));
    joined = Instance.of(directory.resolve("joined"));
  }

  @AfterEach
  void wipe() throws Exception {
    if (cluster == null || !Files.exists(cluster.settingsFile())) {
      return;
    }
    try {
      if (Files.exists(NodeNamespace.path(cluster, PLACE))) {
        mokha(joined, inside(), "down", "--wipe");
      }
    } finally {
      NodeNamespace.remove(cluster, PLACE);
      mokha(cluster, List.of(), "down", "--wipe");
    }
  }

  private List<String> inside() {
    return List.of("nsenter", "--net=" + NodeNamespace.path(cluster, PLACE), "--");
  }

  @Test
  void aNamespaceJoinsWithThePrintedCommand() throws Exception {
    mokha(
        cluster,
        List.of(),
        "up",
        "--no-kubeconfig",
        "--listen=127.0.0.1:" + freePort(),
        "--pod-cidr=10.157.0.0/16",
        "--service-cidr=10.158.0.0/16",
        "--node-cidr=10.159.0.0/24");
    NodeNamespace.create(cluster, Settings.read(cluster).orElseThrow(), PLACE);
    String printed = mokha(cluster, List.of(), "token", "create", "--ttl=10m");
    List<String> command =
        new ArrayList<>(
            List.of(
                printed
                    .lines()
                    .filter(l -> l.startsWith("mokha join "))
                    .findFirst()
                    .orElseThrow()
                    .substring("mokha ".length())
                    .split(" ")));
    command.add("--node-name=joiner");
    assertThat(mokha(joined, inside(), command.toArray(String[]::new)))
        .contains("Node joiner is Ready");
    String renewed;
    try (HttpsApiClient client = client();
        Informers informers = Informers.of(client)) {
      Node node = await(informers.get(Kinds.NODE), n -> isReady(n, "joiner"));
      assertThat(node.getSpec().getPodCIDR()).startsWith("10.157.");
      assertThat(node.getStatus().getAddresses())
          .anyMatch(a -> a.getAddress().equals("10.159.0." + PLACE));
      renewed = leaseTime(client);
    }
    long server = cluster.livingPid("daemon.pid");
    ProcessHandle before = ProcessHandle.of(server).orElseThrow();
    before.destroyForcibly();
    before.onExit().get(30, TimeUnit.SECONDS);
    mokha(cluster, List.of(), "up", "--no-kubeconfig");
    try (HttpsApiClient client = client();
        Informers informers = Informers.of(client)) {
      await(
          informers.get(Kinds.LEASE, "kube-node-lease", ListOptions.ALL),
          l ->
              l.getMetadata().getName().equals("joiner")
                  && !l.getSpec().getRenewTime().toString().equals(renewed));
    }
  }

  private static String leaseTime(HttpsApiClient client) {
    return dev.mokha.client.ResourceClient.of(client, Kinds.LEASE)
        .get("kube-node-lease", "joiner")
        .getSpec()
        .getRenewTime()
        .toString();
  }

  private static boolean isReady(Node node, String name) {
    return node.getMetadata().getName().equals(name)
        && node.getStatus() != null
        && node.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static <T extends io.fabric8.kubernetes.api.model.HasMetadata> T await(
      Informer<T> informer, Predicate<T> condition) throws Exception {
    CompletableFuture<T> found = new CompletableFuture<>();
    informer.addHandler(
        Informer.Handler.any(
            o -> {
              if (condition.test(o)) {
                found.complete(o);
              }
            }));
    return found.get(90, TimeUnit.SECONDS);
  }

  private HttpsApiClient client() {
    return new HttpsApiClient(Kubeconfig.read(cluster.adminKubeconfig(), ""), "test");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String mokha(Instance instance, List<String> prefix, String... words)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(Processes.jvm("-Xmx128m"));
    command.add("dev.mokha.cli.Main");
    command.addAll(List.of(words));
    command.add("--data-dir=" + instance.dataDir());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("MOKHA_HOME", HOME.toString());
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(words[0] + ": " + output + tail(instance)).isZero();
    return output;
  }

  private static String tail(Instance instance) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String process : new String[] {"daemon", "agent"}) {
      Path log = instance.log(process);
      if (Files.exists(log)) {
        List<String> lines =
            Files.readAllLines(log).stream().filter(l -> !l.contains(" audit ")).toList();
        text.append("\n")
            .append(String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size())));
      }
    }
    return text.toString();
  }
}
