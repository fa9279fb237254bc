package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.TestEngine;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.PullOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pulls from Debian's docker-registry what skopeo pushed there. */
@Timeout(120)
class RealRegistryTest {
  @Test
  void pullsAndRunsAnImage() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/docker-registry")), "needs docker-registry");
    assumeTrue(Files.exists(Path.of("/usr/bin/skopeo")), "needs skopeo");
    TestEngine.assumeRoot();
    Path archive = TestEngine.busyboxArchive();
    try (TestEngine test = new TestEngine()) {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Path config = test.scratch().resolve("config.yml");
      Files.writeString(
          config,
          """
          version: 0.1
          storage: {filesystem: {rootdirectory: %s}}
          http: {addr: "127.0.0.1:%d"}
          """
              .formatted(test.scratch().resolve("registry"), port));
      Process registry =
          new ProcessBuilder("docker-registry", "serve", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(test.scratch().resolve("registry.log").toFile())
              .start();
      try {
        awaitListening(port);
        String name = "127.0.0.1:" + port + "/team/busybox:1";
        run("oci-archive:" + archive, name);
        Image pulled = test.engine().images().pull(name, PullOptions.DEFAULT);
        assertThat(pulled.references()).containsExactly(name);
        assertThat(pulled.repoDigests())
            .singleElement()
            .asString()
            .startsWith("127.0.0.1:" + port + "/team/busybox@sha256:");
        assertThat(pulled.config().cmd()).isEqualTo(List.of("sh"));
        test.engine().images().tag(name, TestEngine.BUSYBOX);
        var container = test.run("sh", "-c", "exit 12");
        assertThat(container.awaitExit()).isEqualTo(12);
        container.remove();
      } finally {
        registry.destroy();
        registry.waitFor();
      }
    }
  }

  private static void run(String source, String name) throws Exception {
    Process skopeo =
        new ProcessBuilder(
                "skopeo", "copy", "-q", "--dest-tls-verify=false", source, "docker://" + name)
            .redirectErrorStream(true)
            .start();
    String said = new String(skopeo.getInputStream().readAllBytes());
    assertThat(skopeo.waitFor()).as(said).isZero();
  }

  private static void awaitListening(int port) throws Exception {
    for (int i = 0; i < 500; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException notYet) {
        Thread.sleep(20);
      }
    }
    throw new IOException("docker-registry does not listen");
  }
}
