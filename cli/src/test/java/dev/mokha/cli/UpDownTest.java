package dev.mokha.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/**
 * A whole cluster, as a user starts it: {@code up}, an image, a pod behind a Service, a killed
 * daemon, a machine that lost everything but its disk, and {@code down --wipe}. It is an instance
 * of its own, beside whatever else runs here.
 */
@Timeout(300)
class UpDownTest {
  private static final String IMAGE = "mokha-test/busybox:1";
  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  @TempDir private Path directory;
  private Instance instance;

  @BeforeEach
  void requireRoot() {
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        "needs root: it makes containers, namespaces and mounts");
    instance = Instance.of(directory.resolve("data"));
  }

  @AfterEach
  void wipe() throws Exception {
    if (instance != null && Files.exists(instance.settingsFile())) {
      mokha("down", "--wipe");
    }
  }

  @Test
  void aClusterSurvivesItsDaemonAndItsMachineAndLeavesNothingBehind() throws Exception {
    up();
    mokha("image", "compose", "-t", IMAGE, "--packages", "busybox-static");
    long before;
    String firstContainer;
    try (HttpsApiClient client = client();
        Informers informers = Informers.of(client)) {
      Informer<Pod> pods = informers.get(Kinds.POD, "default", ListOptions.ALL);
      Service service = createPodAndService(client);
      Pod pod = await(pods, UpDownTest::isReady);
      assertThat(answer(service)).isEqualTo("served");
      assertThat(podAddress(pod)).startsWith("10.147.0.");
      before = pidOfContainer();
      firstContainer = containerId(pod);

      long daemon = instance.livingPid("daemon.pid");
      ProcessHandle.of(daemon).orElseThrow().destroyForcibly();
      assertThat(answer(service)).as("traffic goes on without the daemon").isEqualTo("served");
      awaitEnd(daemon);
    }
    up();
    assertThat(instance.livingPid("daemon.pid")).isPositive();
    assertThat(pidOfContainer()).as("the container was adopted").isEqualTo(before);
    try (HttpsApiClient client = client()) {
      Pod pod = ResourceClient.of(client, Kinds.POD).get("default", "web");
      assertThat(pod.getStatus().getContainerStatuses().getFirst().getRestartCount()).isZero();
    }

    // Stopped and swept, only the disk is as it was: as after a reboot.
    mokha("down");
    assertThat(HostState.now(instance).lines()).isEmpty();
    up();
    try (HttpsApiClient client = client();
        Informers informers = Informers.of(client)) {
      Informer<Pod> pods = informers.get(Kinds.POD, "default", ListOptions.ALL);
      await(pods, p -> isReady(p) && !containerId(p).equals(firstContainer));
      assertThat(answer(ResourceClient.of(client, Kinds.SERVICE).get("default", "web")))
          .isEqualTo("served");
    }
    mokha("down", "--wipe");
    assertThat(HostState.now(instance).lines()).isEmpty();
    assertThat(instance.dataDir()).doesNotExist();
    assertThat(instance.runDir()).doesNotExist();
  }

  private void up() throws Exception {
    int port = Settings.read(instance).map(Settings::listenPort).orElseGet(UpDownTest::freePort);
    mokha(
        "up",
        "--no-kubeconfig",
        "--listen=127.0.0.1:" + port,
        "--pod-cidr=10.147.0.0/16",
        "--service-cidr=10.148.0.0/16",
        "--node-cidr=10.149.0.0/24");
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs the command in a process of its own, and fails with what it said. */
  private String mokha(String... words) throws Exception {
    List<String> command = new ArrayList<>(Processes.jvm("-Xmx128m"));
    command.add("dev.mokha.cli.Main");
    command.addAll(List.of(words));
    command.add("--data-dir=" + instance.dataDir());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("MOKHA_HOME", HOME.toString());
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(String.join(" ", words) + ": " + output + tail()).isZero();
    return output;
  }

  private String tail() throws IOException {
    Path log = instance.log("daemon");
    if (!Files.exists(log)) {
      return "";
    }
    List<String> lines =
        Files.readAllLines(log).stream().filter(l -> !l.contains(" audit ")).toList();
    return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  private HttpsApiClient client() {
    return new HttpsApiClient(Kubeconfig.read(instance.adminKubeconfig(), ""), "test");
  }

  private static Service createPodAndService(HttpsApiClient client) throws InterruptedException {
    try (Informers informers = Informers.of(client)) {
      // A pod needs its namespace's service account, which a control loop makes.
      await(informers.get(Kinds.SERVICE_ACCOUNT, "default", ListOptions.ALL), a -> true);
    }
    ResourceClient.of(client, Kinds.POD)
        .create(
            new PodBuilder()
                .withNewMetadata()
                .withName("web")
                .withNamespace("default")
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(1L)
                .addNewContainer()
                .withName("web")
                .withImage(IMAGE)
                .withImagePullPolicy("IfNotPresent")
                .withCommand(
                    "/bin/busybox",
                    "nc",
                    "-ll",
                    "-p",
                    "8080",
                    "-e",
                    "/bin/busybox",
                    "echo",
                    "served")
                .withNewReadinessProbe()
                .withNewTcpSocket()
                .withNewPort(8080)
                .endTcpSocket()
                .withPeriodSeconds(1)
                .endReadinessProbe()
                .endContainer()
                .endSpec()
                .build());
    return ResourceClient.of(client, Kinds.SERVICE)
        .create(
            new ServiceBuilder()
                .withNewMetadata()
                .withName("web")
                .withNamespace("default")
                .endMetadata()
                .withNewSpec()
                .addToSelector("app", "web")
                .addNewPort()
                .withPort(80)
                .withNewTargetPort(8080)
                .endPort()
                .endSpec()
                .build());
  }

  private static <T extends io.fabric8.kubernetes.api.model.HasMetadata> T await(
      Informer<T> informer, Predicate<T> condition) throws InterruptedException {
    CompletableFuture<T> found = new CompletableFuture<>();
    informer.addHandler(
        Informer.Handler.any(
            o -> {
              if (condition.test(o)) {
                found.complete(o);
              }
            }));
    try {
      return found.get(90, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError("not so within 90 s: " + informer.list(""), e);
    }
  }

  private static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static String containerId(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst().getContainerID();
  }

  private static String podAddress(Pod pod) {
    return pod.getStatus().getPodIP();
  }

  /** What the Service says through its portal address; it may take a moment until it is known. */
  private static String answer(Service service) throws Exception {
    long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    InetSocketAddress portal = new InetSocketAddress(service.getSpec().getClusterIP(), 80);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(portal, 2_000);
        socket.setSoTimeout(5_000);
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      } catch (IOException e) {
        if (System.nanoTime() > until) {
          throw e;
        }
      }
    }
  }

  /** The process that listens in the pod. */
  private static long pidOfContainer() {
    return ProcessHandle.allProcesses()
        .filter(p -> commandLine(p).contains("nc -ll -p 8080 -e /bin/busybox echo served"))
        .filter(p -> !commandLine(p).contains("conmon"))
        .mapToLong(ProcessHandle::pid)
        .min()
        .orElseThrow();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return new String(
              Files.readAllBytes(Path.of("/proc/" + process.pid() + "/cmdline")),
              StandardCharsets.UTF_8)
          .replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  private static void awaitEnd(long pid) throws Exception {
    var process = ProcessHandle.of(pid);
    if (process.isPresent()) {
      process.get().onExit().get(30, TimeUnit.SECONDS);
    }
  }
}
