package dev.mokha.docker.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.BuildResponseItem;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.api.model.WaitResponse;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import dev.mokha.docker.TestDocker;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docker-java, as Testcontainers and many build plug-ins use it. */
class DockerJavaTest {
  private static TestDocker docker;
  private static DockerClient client;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
    DefaultDockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost("unix://" + docker.socket())
            .build();
    client =
        DockerClientImpl.getInstance(
            config,
            new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
  }

  @AfterAll
  static void close() throws Exception {
    if (client != null) {
      client.close();
    }
    if (docker != null) {
      docker.close();
    }
  }

  /** Gathers what was written, each line with its stream. */
  private static final class Output extends ResultCallback.Adapter<Frame> {
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();

    @Override
    public void onNext(Frame frame) {
      (frame.getStreamType() == StreamType.STDERR ? err : out)
          .append(new String(frame.getPayload(), StandardCharsets.UTF_8));
    }
  }

  private static String create(String... words) {
    return client.createContainerCmd("busybox").withCmd(words).exec().getId();
  }

  private static void remove(String id) {
    client.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
  }

  private static int await(String id) throws InterruptedException {
    AtomicInteger code = new AtomicInteger(-1);
    client
        .waitContainerCmd(id)
        .exec(
            new ResultCallback.Adapter<WaitResponse>() {
              @Override
              public void onNext(WaitResponse response) {
                code.set(response.getStatusCode());
              }
            })
        .awaitCompletion(30, TimeUnit.SECONDS);
    return code.get();
  }

  @Test
  void runsAContainerAndReadsItsOutput() throws Exception {
    String id = create("sh", "-c", "echo out; echo err >&2; exit 3");
    try {
      client.startContainerCmd(id).exec();
      assertThat(await(id)).isEqualTo(3);
      Output output = new Output();
      client.logContainerCmd(id).withStdOut(true).withStdErr(true).exec(output).awaitCompletion();
      assertThat(output.out).hasToString("out\n");
      assertThat(output.err).hasToString("err\n");
      InspectContainerResponse state = client.inspectContainerCmd(id).exec();
      assertThat(state.getState().getExitCodeLong()).isEqualTo(3);
      assertThat(state.getState().getStatus()).isEqualTo("exited");
    } finally {
      remove(id);
    }
    assertThatThrownBy(() -> client.inspectContainerCmd(id).exec())
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void runsCommandsInsideWithInputAndExitCode() throws Exception {
    String id = create("sleep", "600");
    try {
      client.startContainerCmd(id).exec();
      String exec =
          client
              .execCreateCmd(id)
              .withCmd("sh", "-c", "read line; echo got $line; exit 5")
              .withAttachStdin(true)
              .withAttachStdout(true)
              .withAttachStderr(true)
              .exec()
              .getId();
      Output output = new Output();
      client
          .execStartCmd(exec)
          .withStdIn(new ByteArrayInputStream("typed\n".getBytes(StandardCharsets.UTF_8)))
          .exec(output)
          .awaitCompletion(30, TimeUnit.SECONDS);
      assertThat(output.out).hasToString("got typed\n");
      assertThat(client.inspectExecCmd(exec).exec().getExitCodeLong()).isEqualTo(5);
    } finally {
      remove(id);
    }
  }

  @Test
  void namesAreTakenOnce() {
    String id = client.createContainerCmd("busybox").withName("taken").exec().getId();
    try {
      assertThatThrownBy(() -> client.createContainerCmd("busybox").withName("taken").exec())
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("is already in use by container \\\"" + id);
    } finally {
      remove(id);
    }
  }

  @Test
  void publishesPortsAndMountsVolumes() throws Exception {
    String volume = "dockerjava" + System.nanoTime();
    client.createVolumeCmd().withName(volume).withLabels(Map.of("a", "b")).exec();
    ExposedPort port = ExposedPort.tcp(8080);
    String id =
        client
            .createContainerCmd("busybox")
            .withCmd("sh", "-c", "echo hello > /www/index.html; httpd -f -p 8080 -h /www")
            .withExposedPorts(port)
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withPortBindings(new PortBinding(Ports.Binding.empty(), port))
                    .withBinds(new Bind(volume, new Volume("/www")))
                    .withMemory(64L << 20))
            .exec()
            .getId();
    try {
      client.startContainerCmd(id).exec();
      InspectContainerResponse state = client.inspectContainerCmd(id).exec();
      var binding = state.getNetworkSettings().getPorts().getBindings().get(port)[0];
      assertThat(binding.getHostIp()).isEqualTo("127.0.0.1");
      assertThat(state.getMounts()).extracting(m -> m.getName()).containsExactly(volume);
      assertThat(Integer.parseInt(binding.getHostPortSpec())).isPositive();
      assertThat(client.listContainersCmd().withIdFilter(Set.of(id)).exec())
          .singleElement()
          .satisfies(c -> assertThat(c.getPorts()[0].getPrivatePort()).isEqualTo(8080));
    } finally {
      remove(id);
      client.removeVolumeCmd(volume).exec();
    }
  }

  @Test
  void copiesFilesBothWays(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("given.txt"), "given");
    String id = create("sleep", "600");
    try {
      client
          .copyArchiveToContainerCmd(id)
          .withHostResource(file.toString())
          .withRemotePath("/bin")
          .exec();
      client.startContainerCmd(id).exec();
      try (TarArchiveInputStream tar =
          new TarArchiveInputStream(
              client.copyArchiveFromContainerCmd(id, "/bin/given.txt").exec())) {
        assertThat(tar.getNextEntry().getName()).isEqualTo("given.txt");
        assertThat(new String(tar.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("given");
      }
    } finally {
      remove(id);
    }
  }

  @Test
  void buildsAnImage(@TempDir Path context) throws Exception {
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM busybox\nCOPY data /data\nRUN cat /data > /copy\nCMD [\"cat\", \"/copy\"]\n");
    Files.writeString(context.resolve("data"), "built");
    StringBuilder said = new StringBuilder();
    var building =
        client
            .buildImageCmd(context.toFile())
            .withTags(Set.of("dockerjava/built:1"))
            .exec(
                new com.github.dockerjava.api.command.BuildImageResultCallback() {
                  @Override
                  public void onNext(BuildResponseItem item) {
                    said.append(item.getStream() == null ? "" : item.getStream());
                    super.onNext(item);
                  }
                });
    String image = building.awaitImageId(60, TimeUnit.SECONDS);
    assertThat(said).contains("Step 1/4 : FROM busybox").contains("Successfully built " + image);
    String id = client.createContainerCmd("dockerjava/built:1").exec().getId();
    try {
      client.startContainerCmd(id).exec();
      assertThat(await(id)).isZero();
      Output output = new Output();
      client.logContainerCmd(id).withStdOut(true).exec(output).awaitCompletion();
      assertThat(output.out).hasToString("built");
    } finally {
      remove(id);
      client.removeImageCmd("dockerjava/built:1").exec();
    }
  }

  @Test
  void networksAreJoinedAndLeftWhileRunning() {
    String network = client.createNetworkCmd().withName("dockerjava").exec().getId();
    String id = create("sleep", "600");
    try {
      client.startContainerCmd(id).exec();
      client.connectToNetworkCmd().withNetworkId(network).withContainerId(id).exec();
      assertThat(
              client
                  .inspectContainerCmd(id)
                  .exec()
                  .getNetworkSettings()
                  .getNetworks()
                  .get("dockerjava")
                  .getIpAddress())
          .isNotEmpty();
      assertThat(client.inspectNetworkCmd().withNetworkId(network).exec().getContainers())
          .containsOnlyKeys(id);
      client.disconnectFromNetworkCmd().withNetworkId(network).withContainerId(id).exec();
    } finally {
      remove(id);
      client.removeNetworkCmd(network).exec();
    }
  }

  @Test
  void eventsAreHeardAndStatisticsRead() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    CountDownLatch listening = new CountDownLatch(1);
    String id = create("sleep", "600");
    try (var events =
        client
            .eventsCmd()
            .withContainerFilter(id)
            .exec(
                new ResultCallback.Adapter<Event>() {
                  @Override
                  public void onStart(java.io.Closeable stream) {
                    super.onStart(stream);
                    listening.countDown();
                  }

                  @Override
                  public void onNext(Event event) {
                    heard.add(event.getAction());
                  }
                })) {
      assertThat(listening.await(20, TimeUnit.SECONDS)).isTrue();
      client.startContainerCmd(id).exec();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("start");
      AtomicReference<Statistics> statistics = new AtomicReference<>();
      client
          .statsCmd(id)
          .withNoStream(true)
          .exec(
              new ResultCallback.Adapter<Statistics>() {
                @Override
                public void onNext(Statistics one) {
                  statistics.set(one);
                }
              })
          .awaitCompletion(20, TimeUnit.SECONDS);
      assertThat(statistics.get().getMemoryStats().getUsage()).isPositive();
      assertThat(statistics.get().getPidsStats().getCurrent()).isEqualTo(1);
      client.killContainerCmd(id).exec();
      assertThat(List.of(heard.poll(20, TimeUnit.SECONDS), heard.poll(20, TimeUnit.SECONDS)))
          .containsExactly("kill", "die");
    } finally {
      remove(id);
    }
  }
}
