package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.linux.Xattrs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Images made layer by layer, as a builder does. */
@Timeout(120)
class LayerSessionTest {
  @AutoClose private TestEngine test;
  private Images images;

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
    images = test.engine().images();
  }

  private static ObjectNode configuration() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("created", "2026-01-02T03:04:05Z").put("architecture", "amd64").put("os", "linux");
    root.putObject("config").putArray("Cmd").add("sh");
    return root;
  }

  private String run(String image, String script) throws Exception {
    Container container =
        test.engine().containers().create(test.spec("sleep", "1000").image(image).build());
    container.start();
    try (var exec =
        container.exec(
            new Container.ExecSpec(
                List.of("sh", "-c", script), List.of(), "", "", false, false, false))) {
      return new String(exec.stdout().readAllBytes());
    } finally {
      container.remove();
    }
  }

  @Test
  void whatAStepWroteAndRemovedIsInItsLayer() throws Exception {
    String id;
    try (LayerSession session = images.layers()) {
      Image base = session.hold("busybox:test");
      List<String> layers = new ArrayList<>(base.layers());
      try (WorkTree tree = session.mount(layers)) {
        Files.writeString(tree.root().resolve("etc/new"), "new");
        Files.delete(tree.root().resolve("bin/yes"));
        Files.createDirectories(tree.root().resolve("srv/data"));
        Files.writeString(tree.root().resolve("srv/data/one"), "1");
        Files.createLink(tree.root().resolve("srv/data/two"), tree.root().resolve("srv/data/one"));
        NewLayer layer = tree.commit(Optional.empty());
        assertThat(layer.empty()).isFalse();
        assertThat(layer.size()).isEqualTo(4);
        layers.add(layer.diffId());
        assertThat(layer.chainId()).isEqualTo(Snapshots.chainIds(layers).getLast());
      }
      try (WorkTree tree = session.mount(layers)) {
        Files.delete(tree.root().resolve("srv/data/one"));
        Files.delete(tree.root().resolve("srv/data/two"));
        Files.delete(tree.root().resolve("srv/data"));
        Files.createDirectory(tree.root().resolve("srv/data"));
        Files.writeString(tree.root().resolve("srv/data/three"), "3");
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      Image built =
          session.create(new NewImage(configuration(), layers, List.of("built:1"), base.id()));
      id = built.id();
      assertThat(images.inspect("built:1").parent()).isEqualTo(base.id());
    }
    test.restart();
    images = test.engine().images();
    assertThat(images.find("built:1").orElseThrow().id()).isEqualTo(id);
    assertThat(run("built:1", "cat /etc/new; ls /srv/data; test -e /bin/yes || echo gone"))
        .isEqualTo("newthree\ngone\n");
  }

  @Test
  void aContainerRunsOnAWorkTreeAndItsMountPointsAreNoChange() throws Exception {
    try (LayerSession session = images.layers()) {
      Image base = session.hold("busybox:test");
      try (WorkTree tree = session.mount(base.layers())) {
        ContainerSpec spec =
            ContainerSpec.builder()
                .owner("build/test")
                .rootfs(tree.root())
                .args(List.of("sh", "-c", "echo made > /made; mkdir /d"))
                .env(List.of("PATH=/bin"))
                .build();
        Container container = test.engine().containers().create(spec);
        container.start();
        assertThat(container.awaitExit()).isZero();
        container.remove();
        NewLayer layer = tree.commit(Optional.empty());
        Path files =
            test.config()
                .dataDir()
                .resolve("snapshots/layers")
                .resolve(layer.chainId().substring(7))
                .resolve("fs");
        try (var names = Files.list(files)) {
          assertThat(names.map(path -> path.getFileName().toString()))
              .containsExactlyInAnyOrder("made", "d");
        }
      }
    }
  }

  @Test
  void theSameFilesMakeTheSameLayerWhenTimesAreClamped() throws Exception {
    List<String> made = new ArrayList<>();
    Instant epoch = Instant.ofEpochSecond(1_700_000_000);
    try (LayerSession session = images.layers()) {
      for (int i = 0; i < 2; i++) {
        try (WorkTree tree = session.mount(List.of())) {
          for (String name : i == 0 ? List.of("a", "b") : List.of("b", "a")) {
            Files.writeString(tree.root().resolve(name), "content of " + name);
          }
          Files.createDirectories(tree.root().resolve("d/e"));
          Files.setLastModifiedTime(tree.root().resolve("a"), FileTime.from(epoch.minusSeconds(9)));
          Xattrs.set(tree.root().resolve("b"), "user.x", new byte[] {1, (byte) 0x80, 0});
          made.add(tree.commit(Optional.of(epoch)).diffId());
        }
      }
      assertThat(made.get(0)).isEqualTo(made.get(1));
    }
  }

  @Test
  void anEmptyStepMakesTheEmptyLayer() {
    try (LayerSession session = images.layers();
        WorkTree tree = session.mount(List.of())) {
      NewLayer layer = tree.commit(Optional.empty());
      assertThat(layer.empty()).isTrue();
      assertThat(layer.diffId())
          .as("the digest of an empty tar, as every builder has it")
          .isEqualTo("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
    }
  }

  @Test
  void aTarBecomesALayer() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("etc/from-tar");
      entry.setSize(2);
      tar.putArchiveEntry(entry);
      tar.write("ok".getBytes());
      tar.closeArchiveEntry();
    }
    try (LayerSession session = images.layers()) {
      Image base = session.hold("busybox:test");
      NewLayer layer = session.unpack(new ByteArrayInputStream(bytes.toByteArray()), base.layers());
      List<String> layers = new ArrayList<>(base.layers());
      layers.add(layer.diffId());
      session.create(new NewImage(configuration(), layers, List.of("tarred"), ""));
    }
    assertThat(run("tarred", "cat /etc/from-tar")).isEqualTo("ok");
  }

  @Test
  void squashShowsWhatItsLayersShowTogether() throws Exception {
    try (LayerSession session = images.layers()) {
      Image base = session.hold("busybox:test");
      List<String> layers = new ArrayList<>(base.layers());
      try (WorkTree tree = session.mount(layers)) {
        Files.delete(tree.root().resolve("bin/yes"));
        Files.writeString(tree.root().resolve("temporary"), "x");
        Files.createDirectories(tree.root().resolve("dir/old"));
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      try (WorkTree tree = session.mount(layers)) {
        Files.delete(tree.root().resolve("temporary"));
        Files.delete(tree.root().resolve("dir/old"));
        Files.delete(tree.root().resolve("dir"));
        Files.writeString(tree.root().resolve("dir"), "a file now");
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      int keep = base.layers().size();
      NewLayer squashed = session.squash(layers, keep);
      List<String> together = new ArrayList<>(base.layers());
      together.add(squashed.diffId());
      session.create(new NewImage(configuration(), together, List.of("squashed"), ""));
      assertThat(images.find("squashed").orElseThrow().layers()).hasSize(keep + 1);
    }
    assertThat(run("squashed", "cat /dir; ls / | grep temp; test -e /bin/yes || echo gone"))
        .isEqualTo("a file nowgone\n");
  }

  @Test
  void whatNoImageHasIsCollectedAfterTheSession() throws IOException {
    String chainId;
    try (LayerSession session = images.layers();
        WorkTree tree = session.mount(List.of())) {
      Files.writeString(tree.root().resolve("x"), "x");
      NewLayer layer = tree.commit(Optional.empty());
      chainId = layer.chainId();
      images.prune();
      assertThat(session.hold(List.of(layer.diffId()))).isTrue();
    }
    images.prune();
    try (LayerSession session = images.layers()) {
      assertThat(session.hold(List.of(chainId))).isFalse();
      assertThatThrownBy(() -> session.mount(List.of(chainId))).isInstanceOf(EngineException.class);
    }
  }
}
