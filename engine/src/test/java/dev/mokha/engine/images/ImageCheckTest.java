package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.registry.FakeRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Damage is found, named and repaired; lists of the format before are taken over. */
@Timeout(120)
class ImageCheckTest {
  @AutoClose private TestEngine test;
  private Images images;

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
    images = test.engine().images();
  }

  private Path layer(String chainId) {
    return test.config()
        .dataDir()
        .resolve("snapshots/layers")
        .resolve(chainId.substring(7))
        .resolve("fs");
  }

  private Path blob(String digest) throws IOException {
    return new ContentStore(test.config().dataDir().resolve("content")).path(Digest.parse(digest));
  }

  private String baseLayer() {
    return images.find("busybox:test").orElseThrow().layers().getFirst();
  }

  @Test
  void wholeImagesHaveNoFindings() {
    assertThat(images.check(false, Progress.NONE)).isEmpty();
  }

  @Test
  void aChangedAMissingAndAnAddedFileAreFoundAndUnpackedAgain() throws IOException {
    Path files = layer(baseLayer());
    Path shell = files.resolve("bin/busybox");
    Files.setPosixFilePermissions(shell, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<Finding> found = images.check(false, Progress.NONE);
    assertThat(found)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Finding.Kind.LAYER);
              assertThat(finding.subject()).isEqualTo(baseLayer());
              assertThat(finding.problem()).contains("/bin/busybox is not as it was");
              assertThat(finding.repaired()).isFalse();
            });
    Files.delete(shell);
    Files.writeString(files.resolve("zz-added"), "x");
    assertThat(images.check(true, Progress.NONE))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.problem()).contains("/bin/busybox is missing");
              assertThat(finding.repaired()).isTrue();
            });
    assertThat(files.resolve("zz-added")).doesNotExist();
    assertThat(images.check(false, Progress.NONE)).isEmpty();
  }

  @Test
  void aLayerThatRunsIsReportedAndLeft() throws IOException {
    Container container = test.run("sleep", "1000");
    Files.writeString(layer(baseLayer()).resolve("zz-added"), "x");
    assertThat(images.check(true, Progress.NONE))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.repaired()).isFalse();
              assertThat(finding.remedy()).contains("running container");
            });
    container.remove();
    assertThat(images.check(true, Progress.NONE)).singleElement().matches(Finding::repaired);
  }

  @Test
  void aDamagedBlobComesAgainFromItsRegistry() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("a");
      entry.setSize(1);
      tar.putArchiveEntry(entry);
      tar.write('a');
      tar.closeArchiveEntry();
    }
    String diffId = Digest.of(bytes.toByteArray()).toString();
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
            + diffId
            + "\"]}}";
    try (FakeRegistry registry = new FakeRegistry()) {
      Digest manifest =
          registry.put("1", config.getBytes(StandardCharsets.UTF_8), bytes.toByteArray());
      Image image = images.pull(registry.host() + "/team/app:1", PullOptions.DEFAULT);
      Files.delete(blob(manifest.toString()));
      Files.writeString(blob(diffId), "damaged");
      Files.writeString(blob(image.id()), "damaged");
      assertThat(images.check(false, Progress.NONE)).hasSize(3);
      assertThat(images.check(true, Progress.NONE))
          .hasSize(3)
          .allSatisfy(
              finding -> {
                assertThat(finding.images()).containsExactly(image.id());
                assertThat(finding.repaired()).isTrue();
                assertThat(finding.remedy()).contains("fetched again");
              });
      assertThat(images.check(false, Progress.NONE)).isEmpty();
    }
  }

  @Test
  void aLayerMadeHereIsVerifiedByItsDigest() throws IOException {
    String chainId;
    try (LayerSession session = images.layers();
        WorkTree tree = session.mount(List.of())) {
      Files.writeString(tree.root().resolve("x"), "x");
      NewLayer layer = tree.commit(Optional.empty());
      chainId = layer.chainId();
      ObjectNode configuration = JsonMapper.shared().createObjectNode().put("os", "linux");
      session.create(new NewImage(configuration, List.of(layer.diffId()), List.of("made:1"), ""));
    }
    assertThat(images.check(false, Progress.NONE)).isEmpty();
    Files.writeString(layer(chainId).resolve("x"), "y");
    assertThat(images.check(true, Progress.NONE))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.repaired()).isFalse();
              assertThat(finding.remedy()).contains("build or load");
            });
    assertThatThrownBy(() -> images.save(List.of("made:1"), new ByteArrayOutputStream()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void aLayerMadeHereThatWasPushedIsRepairedFromItsArchive() throws IOException {
    try (FakeRegistry registry = new FakeRegistry()) {
      String pushed = registry.host() + "/team/made:1";
      NewLayer layer;
      try (LayerSession session = images.layers();
          WorkTree tree = session.mount(List.of())) {
        Files.writeString(tree.root().resolve("x"), "x");
        layer = tree.commit(Optional.empty());
        for (String name : List.of(pushed, "same-layer:1")) {
          ObjectNode configuration =
              JsonMapper.shared().createObjectNode().put("os", "linux").put("author", name);
          session.create(new NewImage(configuration, List.of(layer.diffId()), List.of(name), ""));
        }
      }
      images.push(pushed, PullOptions.DEFAULT);
      Path file = layer(layer.chainId()).resolve("x");
      Files.writeString(file, "y");
      assertThat(images.check(true, Progress.NONE))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.repaired()).as(finding.remedy()).isTrue();
                assertThat(finding.images()).hasSize(2);
              });
      assertThat(layer(layer.chainId()).resolve("x")).hasContent("x");
      assertThat(images.check(false, Progress.NONE)).isEmpty();
      // And if the archive is lost too, there is the registry it was pushed to.
      String archive =
          registry.blobs.entrySet().stream()
              .filter(blob -> blob.getValue()[0] == 0x1f)
              .map(java.util.Map.Entry::getKey)
              .findFirst()
              .orElseThrow();
      Files.writeString(blob(archive), "damaged");
      Files.writeString(layer(layer.chainId()).resolve("x"), "z");
      assertThat(images.check(true, Progress.NONE)).hasSize(2).allMatch(Finding::repaired);
      assertThat(layer(layer.chainId()).resolve("x")).hasContent("x");
      assertThat(images.check(false, Progress.NONE)).isEmpty();
    }
  }

  @Test
  void aListOfFormatOneIsUpgraded() throws Exception {
    Image image = images.find("busybox:test").orElseThrow();
    test.engine().close();
    Path list = test.config().dataDir().resolve("images.json");
    ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(list));
    ObjectNode stored = (ObjectNode) root.path("images").get(image.id());
    // As the version before wrote it: all blobs in one list, layers by diff id alone.
    ArrayNode blobs = JsonMapper.shared().createArrayNode();
    stored.path("documents").forEach(blobs::add);
    blobs.add(stored.path("manifest"));
    blobs.add(stored.path("id"));
    ArrayNode diffIds = JsonMapper.shared().createArrayNode();
    for (var layer : stored.path("layers")) {
      blobs.add(layer.path("blob"));
      diffIds.add(layer.path("diffId"));
    }
    stored.remove(List.of("documents", "layers", "parent", "tagged"));
    stored.set("blobs", blobs);
    stored.set("diffIds", diffIds);
    root.put("format", 1);
    Files.write(list, JsonMapper.shared().writeValueAsBytes(root));
    Files.writeString(test.config().dataDir().resolve("format"), "1\n");
    test.reopen();
    images = test.engine().images();
    assertThat(images.find("busybox:test")).contains(image);
    assertThat(images.check(false, Progress.NONE)).isEmpty();
    assertThat(test.config().dataDir().resolve("format")).hasContent("2");
    assertThat(JsonMapper.shared().readTree(Files.readAllBytes(list)).path("format").asInt())
        .isEqualTo(2);
    Container container = test.run("sh", "-c", "exit 4");
    assertThat(container.awaitExit()).isEqualTo(4);
    test.restart();
    assertThat(test.engine().images().find("busybox:test")).contains(image);
  }

  @Test
  void aNewerListIsRefused() throws IOException {
    test.engine().close();
    Path list = test.config().dataDir().resolve("images.json");
    String before = Files.readString(list);
    Files.writeString(list, before.replaceFirst("\"format\":2", "\"format\":3"));
    assertThatThrownBy(() -> test.reopen())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("newer Mokha");
    Files.writeString(list, before);
  }
}
