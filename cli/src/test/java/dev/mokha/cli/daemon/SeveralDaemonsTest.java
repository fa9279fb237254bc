package dev.mokha.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.cli.control.ControlServer;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import dev.mokha.client.leader.LeaderElector.Timing;
import dev.mokha.server.pki.SharedPki;
import dev.mokha.store.etcd.EtcdProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Two servers with their control loops over one etcd, one of them a process that can be killed. */
@Timeout(240)
final class SeveralDaemonsTest {
  private static final GroupVersionResource CONFIG_MAPS = core("configmaps");
  private static final GroupVersionResource SECRETS = core("secrets");
  private static final GroupVersionResource NODES = core("nodes");
  private static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");

  /** Beyond the lease: until the other tries again, and what a busy machine adds. */
  private static final Duration SLACK = Timing.DEFAULT.retry().plusSeconds(10);

  @TempDir private Path directory;
  private EtcdProcess etcd;
  private Instance one;
  private Instance two;
  private Process process;
  private ServerRole here;
  private HttpsApiClient there;

  @BeforeEach
  void start() throws Exception {
    etcd = EtcdProcess.start(directory);
    one = instance("one");
    two = instance("two");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                RunServerRole.class.getName(),
                one.dataDir().toString())
            .redirectError(directory.resolve("one.log").toFile())
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(said.lines().anyMatch("ready"::equals))
        .as(() -> "the first server starts: " + log())
        .isTrue();
    there = new HttpsApiClient(Kubeconfig.read(one.adminKubeconfig(), ""), "test");
    // It leads before the other one comes.
    await(() -> holder(there, "kube-controller-manager").equals(name(one)));
    await(() -> holder(there, "kube-scheduler").equals(name(one)));
    SharedPki.keepSecret(
        two.pkiDir(), Files.readString(one.pkiDir().resolve(SharedPki.SECRET_FILE)));
    here = ServerRole.start(two, Settings.read(two).orElseThrow(), new Phases());
  }

  @AfterEach
  void end() throws Exception {
    if (here != null) {
      here.close();
    }
    if (there != null) {
      there.close();
    }
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
    if (etcd != null) {
      etcd.close();
    }
  }

  private Instance instance(String name) throws IOException {
    Instance instance = Instance.of(directory.resolve(name));
    Files.createDirectories(instance.dataDir());
    // The node's address is where the server listens too: one that every machine has.
    new Settings(
            0,
            "127.0.0.1:" + freePort(),
            "10.161.0.0/16",
            "10.162.0.0/16",
            "127.163.0.0/24",
            "cluster.local",
            "etcd://127.0.0.1:" + etcd.port() + "?prefix=/daemons",
            "",
            Map.of(),
            "",
            "",
            "off",
            "",
            List.of(),
            "",
            "")
        .write(instance);
    return instance;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static GroupVersionResource core(String resource) {
    return new GroupVersionResource("", "v1", resource);
  }

  private static KubeObject yaml(String text) {
    return KubeObject.of((ObjectNode) new YAMLMapper().readTree(text));
  }

  private static KubeObject create(ApiClient client, GroupVersionResource resource, String text) {
    KubeObject object = yaml(text);
    return client.create(resource, object.namespace(), "", "", object);
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("one.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String name(Instance instance) throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip() + "-" + instance.name();
  }

  private static String holder(ApiClient client, String work) {
    return client
        .find(LEASES, "kube-system", work)
        .map(l -> l.toTree().path("spec").path("holderIdentity").asString(""))
        .orElse("");
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("happens within a minute").isLessThan(until);
      Thread.sleep(50);
    }
  }

  @Test
  void whenTheLeaderIsKilledTheOtherTakesOverAndNothingIsLost() throws Exception {
    ApiClient client = here.masterClient();
    create(client, NODES, "{apiVersion: v1, kind: Node, metadata: {name: still}}");
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String prefix = "w" + i + "-";
      writers.add(Thread.ofVirtual().start(() -> write(prefix, acknowledged)));
    }
    await(() -> acknowledged.size() > 400);
    process.destroyForcibly().waitFor();
    long killed = System.nanoTime();
    for (Thread writer : writers) {
      writer.join();
    }
    for (String name : acknowledged) {
      assertThat(client.find(CONFIG_MAPS, "default", name)).as(name).isPresent();
    }
    assertThat(holder(client, "kube-controller-manager")).isEqualTo(name(one));
    await(() -> holder(client, "kube-controller-manager").equals(name(two)));
    await(() -> holder(client, "kube-scheduler").equals(name(two)));
    assertThat(Duration.ofNanos(System.nanoTime() - killed))
        .isLessThan(Timing.DEFAULT.lease().plus(SLACK));
    report(client, "still");
    create(
        client,
        new GroupVersionResource("apps", "v1", "deployments"),
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: web}]}
        """);
    await(() -> bound(client) == 3);
  }

  /** Writes to the server that will be killed, until it is. */
  private void write(String prefix, Set<String> acknowledged) {
    for (int i = 0; ; i++) {
      String name = prefix + i;
      try {
        create(
            there,
            CONFIG_MAPS,
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: default}}"
                .formatted(name));
      } catch (StatusException e) {
        return;
      }
      acknowledged.add(name);
    }
  }

  /** What the node's agent would say. */
  private static void report(ApiClient client, String name) {
    ObjectNode node = client.get(NODES, "", name, "").toTree();
    node.set(
        "status",
        new YAMLMapper()
            .readTree(
                """
                allocatable: {cpu: "4", memory: 8Gi, pods: "50"}
                conditions:
                - {type: Ready, status: "True", lastHeartbeatTime: "%s"}
                """
                    .formatted(
                        java.time.Instant.now()
                            .truncatedTo(java.time.temporal.ChronoUnit.SECONDS))));
    ((ObjectNode) node.path("metadata")).remove("resourceVersion");
    client.update(NODES, "", "status", KubeObject.of(node));
  }

  private static long bound(ApiClient client) {
    return client.list(core("pods"), "default", ListOptions.ALL).items().stream()
        .filter(p -> p.toTree().path("spec").path("nodeName").asString("").equals("still"))
        .count();
  }

  @Test
  void aNewEncryptionKeyIsKnownToBothBeforeAnythingIsWrittenWithIt() throws Exception {
    ApiClient client = here.masterClient();
    secret(there, "before");
    assertThat(password(client, "before")).isEqualTo("c3dvcmRmaXNo");
    Path file = one.pkiDir().resolve("encryption.keys");
    assertThat(file).hasSameTextualContentAs(two.pkiDir().resolve("encryption.keys"));
    JsonNode answer = rotate(false);
    assertThat(answer.path("written").asInt()).isPositive();
    secret(client, "after");
    for (String name : List.of("before", "after")) {
      assertThat(password(there, name)).as(name).isEqualTo("c3dvcmRmaXNo");
      assertThat(password(client, name)).as(name).isEqualTo("c3dvcmRmaXNo");
    }
    assertThat(Files.readString(file)).contains(answer.path("key").asString());
    // And what the other one writes now, this one reads.
    secret(there, "later");
    assertThat(password(client, "later")).isEqualTo("c3dvcmRmaXNo");
    assertThatThrownBy(() -> rotate(true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("leave out --drop-old");
  }

  private JsonNode rotate(boolean dropOld) throws Exception {
    ControlServer.Command command = here.commands().get("rotate-encryption-key");
    return command.run(
        Json.MAPPER.createObjectNode().put("dropOld", dropOld), (item, action, done, total) -> {});
  }

  private static void secret(ApiClient client, String name) {
    create(
        client,
        SECRETS,
        "{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: default}, data: {p: c3dvcmRmaXNo}}"
            .formatted(name));
  }

  private static String password(ApiClient client, String name) {
    return client.get(SECRETS, "default", name, "").toTree().at("/data/p").asString("");
  }
}
