package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images in and out of an engine. */
@Timeout(120)
class ImagesTest {
  @AutoClose private TestEngine test;
  private Images images;

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
    images = test.engine().images();
  }

  @Test
  void isFoundByNameIdAndTheBeginningOfIt() {
    Image image = images.find("busybox:test").orElseThrow();
    assertThat(image.references()).containsExactly("docker.io/library/busybox:test");
    assertThat(images.find(image.id())).contains(image);
    assertThat(images.find(image.id().substring(7, 19))).contains(image);
    assertThat(images.find("busybox")).isEmpty();
    assertThat(image.size()).isGreaterThan(1_000_000);
    assertThat(image.config().cmd()).containsExactly("sh");
  }

  @Test
  void survivesARestart() {
    Image before = images.find("busybox:test").orElseThrow();
    test.restart();
    assertThat(test.engine().images().find("busybox:test")).contains(before);
  }

  @Test
  void tagsAndRemovesNamesThenContent() {
    Image image = images.tag("busybox:test", "registry.example/other:2");
    assertThat(images.remove("busybox:test")).isEmpty();
    assertThat(images.find("registry.example/other:2").orElseThrow().id()).isEqualTo(image.id());
    assertThat(images.remove("registry.example/other:2")).containsExactly(image.id());
    assertThat(images.list()).isEmpty();
    assertThat(files(test.config().dataDir().resolve("content/blobs"))).isEmpty();
    assertThat(files(test.config().dataDir().resolve("snapshots/layers"))).isEmpty();
  }

  @Test
  void anImageInUseKeepsItsContentUntilThePrune() throws Exception {
    var container = test.run("sleep", "1000");
    assertThat(images.remove("busybox:test")).isEmpty();
    assertThat(images.prune()).isZero();
    try (var exec =
        container.exec(
            new dev.mokha.engine.containers.Container.ExecSpec(
                List.of("echo", "alive"), List.of(), "", "", false, false, false))) {
      assertThat(exec.stdout().readAllBytes()).asString().isEqualTo("alive\n");
    }
    container.remove();
    assertThat(images.prune()).isGreaterThan(1_000_000);
    assertThat(images.list()).isEmpty();
  }

  @Test
  void whatIsExportedCanBeImportedByOthersAndBySelf() throws Exception {
    Path archive = test.scratch().resolve("export.tar");
    images.export("busybox:test", archive);
    Image image = images.find("busybox:test").orElseThrow();
    images.remove("busybox:test");
    assertThat(images.importArchive(archive, "", Progress.NONE))
        .singleElement()
        .satisfies(
            again -> {
              assertThat(again.id()).isEqualTo(image.id());
              assertThat(again.references()).isEqualTo(image.references());
            });
    assumeTrue(Files.exists(Path.of("/usr/bin/skopeo")), "the rest needs skopeo");
    Path layout = test.scratch().resolve("layout");
    skopeo("oci-archive:" + archive, "oci:" + layout + ":x");
    assertThat(images.importArchive(layout, "from/layout:1", Progress.NONE).getFirst().id())
        .isEqualTo(image.id());
    Path saved = test.scratch().resolve("saved.tar");
    skopeo("docker-archive:" + archive, "docker-archive:" + saved + ":some/name:3");
    assertThat(images.importArchive(saved, "", Progress.NONE).getFirst().references())
        .contains("docker.io/some/name:3");
    Files.createFile(test.scratch().resolve("x"));
    var container =
        test.engine()
            .containers()
            .create(test.spec("sh", "-c", "exit 5").image("some/name:3").build());
    container.start();
    assertThat(container.awaitExit()).isEqualTo(5);
  }

  private static void skopeo(String from, String to) throws Exception {
    Process process =
        new ProcessBuilder("skopeo", "copy", "-q", from, to).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void brokenArchivesAreRefusedAndLeaveNothing() throws IOException {
    byte[] whole = Files.readAllBytes(TestEngine.busyboxArchive());
    images.remove("busybox:test");
    Path broken = test.scratch().resolve("broken.tar");
    for (int length : List.of(700, 5000, whole.length / 2)) {
      Files.write(broken, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> images.importArchive(broken, "", Progress.NONE))
          .as("cut off at %s", length)
          .isInstanceOf(EngineException.class);
    }
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 0x40;
    Files.write(broken, damaged);
    assertThatThrownBy(() -> images.importArchive(broken, "", Progress.NONE))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.CORRUPT));
    Files.writeString(broken, "this is no archive at all");
    assertThatThrownBy(() -> images.importArchive(broken, "", Progress.NONE))
        .isInstanceOf(EngineException.class);
    assertThat(images.list()).isEmpty();
    test.restart();
    assertThat(files(test.config().dataDir().resolve("content/blobs"))).isEmpty();
    assertThat(files(test.config().dataDir().resolve("content/ingest"))).isEmpty();
  }

  @Test
  void composingTwiceMakesTheSameImage() {
    assumeTrue(Files.exists(Path.of("/usr/bin/mmdebstrap")), "needs mmdebstrap");
    var config =
        new Image.Config(
            List.of(),
            List.of("/bin/busybox"),
            List.of(),
            "",
            "",
            List.of("80/tcp"),
            List.of(),
            "SIGQUIT",
            Map.of("a", "b"));
    String one =
        images
            .compose(
                new ComposeSpec("one", List.of("busybox-static"), "", Map.of(), config),
                Progress.NONE)
            .id();
    Image two =
        images.compose(
            new ComposeSpec("two", List.of("busybox-static"), "", Map.of(), config), Progress.NONE);
    assertThat(two.id()).isEqualTo(one);
    assertThat(two.references()).hasSize(2);
    assertThat(two.config()).isEqualTo(config);
    assertThatThrownBy(
            () ->
                images.compose(
                    new ComposeSpec("x", List.of("no-such-package-at-all"), "", Map.of(), config),
                    Progress.NONE))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("no-such-package-at-all");
  }

  private static List<Path> files(Path directory) {
    try (var walk = Files.walk(directory)) {
      return walk.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
