package dev.mokha.docker.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.http.Access;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * Testcontainers, which looks for its engine in the environment: the build names a socket there,
 * and this listens on it.
 */
class TestcontainersTest {
  private static final DockerImageName BUSYBOX = DockerImageName.parse("busybox:latest");

  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    String host = System.getenv("DOCKER_HOST");
    assumeTrue(
        host != null && host.endsWith("/target/docker.sock"),
        "Testcontainers takes its engine from the environment: run this with Maven");
    docker =
        new TestDocker(Access.ROOT_ONLY, List.of(Path.of(URI.create(host).getPath())))
            .withBusybox();
  }

  private static String get(GenericContainer<?> container, String path) throws Exception {
    URI uri =
        URI.create(
            "http://%s:%d%s".formatted(container.getHost(), container.getMappedPort(8080), path));
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  @Test
  void aContainerIsWaitedForByItsPort() throws Exception {
    try (GenericContainer<?> web =
        new GenericContainer<>(BUSYBOX)
            .withExposedPorts(8080)
            .withCopyToContainer(Transferable.of("hello"), "/www/index.html")
            .withCommand("httpd", "-f", "-p", "8080", "-h", "/www")
            .waitingFor(Wait.forListeningPort())) {
      web.start();
      assertThat(get(web, "/")).isEqualTo("hello");
    }
  }

  @Test
  void aContainerIsWaitedForByHttpLogAndHealth() throws Exception {
    try (GenericContainer<?> web =
            new GenericContainer<>(BUSYBOX)
                .withExposedPorts(8080)
                .withEnv("TEXT", "from the environment")
                .withCommand(
                    "sh",
                    "-c",
                    "mkdir -p /www; echo \"$TEXT\" > /www/index.html; httpd -f -p 8080 -h /www")
                .waitingFor(Wait.forHttp("/").forStatusCode(200));
        GenericContainer<?> slow =
            new GenericContainer<>(BUSYBOX)
                .withCommand("sh", "-c", "echo starting; sleep 0.2; echo ready; sleep 600")
                .waitingFor(Wait.forLogMessage(".*ready.*", 1));
        GenericContainer<?> healthy =
            new GenericContainer<>(BUSYBOX)
                .withCreateContainerCmdModifier(
                    command ->
                        command.withHealthcheck(
                            new com.github.dockerjava.api.model.HealthCheck()
                                .withTest(List.of("CMD", "true"))
                                .withInterval(Duration.ofMillis(100).toNanos())))
                .withCommand("sleep", "600")
                .waitingFor(Wait.forHealthcheck())) {
      web.start();
      slow.start();
      healthy.start();
      assertThat(get(web, "/")).isEqualTo("from the environment\n");
      assertThat(slow.getLogs()).isEqualTo("starting\nready\n");
      assertThat(healthy.isHealthy()).isTrue();
    }
  }

  @Test
  void containersOfANetworkFindEachOtherByAlias() throws Exception {
    try (Network network = Network.newNetwork();
        GenericContainer<?> server =
            new GenericContainer<>(BUSYBOX)
                .withNetwork(network)
                .withNetworkAliases("server")
                .withCopyToContainer(Transferable.of("found"), "/www/index.html")
                .withCommand("httpd", "-f", "-p", "8080", "-h", "/www");
        GenericContainer<?> client =
            new GenericContainer<>(BUSYBOX).withNetwork(network).withCommand("sleep", "600")) {
      server.start();
      client.start();
      ExecResult result =
          client.execInContainer("wget", "-q", "-O", "-", "http://server:8080/index.html");
      assertThat(result.getStdout()).isEqualTo("found");
      assertThat(result.getExitCode()).isZero();
    }
  }

  @Test
  void filesGoInAndComeOut() throws Exception {
    try (GenericContainer<?> container =
        new GenericContainer<>(BUSYBOX)
            .withFileSystemBind("/etc", "/host-etc", BindMode.READ_ONLY)
            .withTmpFs(java.util.Map.of("/scratch", "rw,size=1m"))
            .withCommand("sleep", "600")) {
      container.start();
      container.copyFileToContainer(MountableFile.forHostPath("/etc/hosts"), "/given");
      byte[] copied = container.copyFileFromContainer("/given", in -> in.readAllBytes());
      assertThat(copied).isNotEmpty();
      assertThat(container.execInContainer("ls", "/host-etc/passwd").getExitCode()).isZero();
      assertThat(container.execInContainer("touch", "/host-etc/x").getExitCode()).isNotZero();
      assertThat(container.execInContainer("touch", "/scratch/x").getExitCode()).isZero();
    }
  }

  @Test
  void anImageIsBuiltFromADockerfile() throws Exception {
    ImageFromDockerfile image =
        new ImageFromDockerfile()
            .withBuildImageCmdModifier(command -> command.withPull(false)) // no registry is here
            .withDockerfileFromBuilder(
                builder ->
                    builder
                        .from("busybox:latest")
                        .run("echo built > /made")
                        .cmd("sleep", "600")
                        .build());
    try (GenericContainer<?> container = new GenericContainer<>(image)) {
      container.start();
      assertThat(container.execInContainer("cat", "/made").getStdout()).isEqualTo("built\n");
    }
  }
}
