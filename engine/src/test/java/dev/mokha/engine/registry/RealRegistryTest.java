package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.TestEngine;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.NewImage;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Pushed;
import dev.mokha.engine.images.WorkTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pulls from Debian's docker-registry what skopeo pushed there, and the other way round. */
@Timeout(120)
class RealRegistryTest {
  @Test
  void pullsAndRunsAnImage() throws Exception {
    Path archive = TestEngine.busyboxArchive();
    try (TestEngine test = new TestEngine();
        Registry registry = new Registry(test.scratch())) {
      String name = registry.host() + "/team/busybox:1";
      run("oci-archive:" + archive, name);
      Image pulled = test.engine().images().pull(name, PullOptions.DEFAULT);
      assertThat(pulled.references()).containsExactly(name);
      assertThat(pulled.repoDigests())
          .singleElement()
          .asString()
          .startsWith(registry.host() + "/team/busybox@sha256:");
      assertThat(pulled.config().cmd()).isEqualTo(List.of("sh"));
      test.engine().images().tag(name, TestEngine.BUSYBOX);
      var container = test.run("sh", "-c", "exit 12");
      assertThat(container.awaitExit()).isEqualTo(12);
      container.remove();
    }
  }

  @Test
  void pushesWhatOthersCanRead() throws Exception {
    try (TestEngine test = TestEngine.withBusybox();
        Registry registry = new Registry(test.scratch())) {
      Images images = test.engine().images();
      try (LayerSession session = images.layers()) {
        Image base = session.hold(TestEngine.BUSYBOX);
        List<String> layers = new ArrayList<>(base.layers());
        try (WorkTree tree = session.mount(layers)) {
          byte[] noise = new byte[3 << 20];
          new java.util.Random(1).nextBytes(noise);
          Files.write(tree.root().resolve("noise"), noise);
          layers.add(tree.commit(Optional.empty()).diffId());
        }
        session.create(
            new NewImage(
                images.inspect(TestEngine.BUSYBOX).configuration(),
                layers,
                List.of(registry.host() + "/team/app:1"),
                base.id()));
      }
      List<String> said = new CopyOnWriteArrayList<>();
      PullOptions options =
          new PullOptions(List.of(), (item, action, done, total) -> said.add(action));
      Pushed pushed = images.push(registry.host() + "/team/app:1", options);
      assertThat(said).contains("Preparing", "Pushing", "Pushed");
      assertThat(images.find(registry.host() + "/team/app:1").orElseThrow().repoDigests())
          .containsExactly(registry.host() + "/team/app@" + pushed.digest());

      said.clear();
      images.push(registry.host() + "/team/app:1", options);
      assertThat(said).as("what is there is not sent again").containsOnly("Present");
      said.clear();
      images.tag(registry.host() + "/team/app:1", registry.host() + "/other/app:2");
      images.push(registry.host() + "/other/app:2", options);
      assertThat(said).as("what another repository has").containsOnly("Mounted");

      run("docker://" + registry.host() + "/other/app:2", "dir:" + test.scratch().resolve("dir"));
      assertThat(images.remoteTags(registry.host() + "/team/app", List.of())).containsExactly("1");
      assertThat(images.remote(registry.host() + "/team/app:1", List.of()))
          .satisfies(
              remote -> {
                assertThat(remote.descriptor().digest()).hasToString(pushed.digest());
                assertThat(remote.platforms())
                    .containsExactly("linux/" + dev.mokha.engine.content.Manifest.architecture());
              });
      String id = images.find(registry.host() + "/team/app:1").orElseThrow().id();
      images.delete(id, true, true);
      assertThat(images.pull(registry.host() + "/other/app:2", PullOptions.DEFAULT).id())
          .isEqualTo(id);
    }
  }

  /** A registry in a directory. */
  private static final class Registry implements AutoCloseable {
    private final Process process;
    private final int port;

    Registry(Path scratch) throws Exception {
      assumeTrue(Files.exists(Path.of("/usr/bin/docker-registry")), "needs docker-registry");
      assumeTrue(Files.exists(Path.of("/usr/bin/skopeo")), "needs skopeo");
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Path config = scratch.resolve("config.yml");
      Files.writeString(
          config,
          """
          version: 0.1
          storage: {filesystem: {rootdirectory: %s}}
          http: {addr: "127.0.0.1:%d"}
          """
              .formatted(scratch.resolve("registry"), port));
      process =
          new ProcessBuilder("docker-registry", "serve", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(scratch.resolve("registry.log").toFile())
              .start();
      awaitListening(port);
    }

    String host() {
      return "127.0.0.1:" + port;
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }

  private static void run(String source, String name) throws Exception {
    Process skopeo =
        new ProcessBuilder(
                "skopeo",
                "copy",
                "-q",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                source,
                name.indexOf(':') > 0 && name.startsWith("127.") ? "docker://" + name : name)
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
