package dev.mokha.engine.slim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.TestEngine;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.NewImage;
import dev.mokha.engine.images.WorkTree;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** What a run opens is told from what it does not. */
@Timeout(60)
class ImageSlimTest {
  @AutoClose private TestEngine test;

  @BeforeEach
  void open() throws Exception {
    test = TestEngine.withBusybox();
    Images images = test.engine().images();
    try (LayerSession session = images.layers()) {
      Image base = session.hold(TestEngine.BUSYBOX);
      List<String> layers = new ArrayList<>(base.layers());
      try (WorkTree tree = session.mount(layers)) {
        Files.writeString(tree.root().resolve("read"), "12345");
        Files.writeString(tree.root().resolve("idle"), "1234567");
        Files.writeString(tree.root().resolve("replaced"), "123");
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      try (WorkTree tree = session.mount(layers)) {
        Files.delete(tree.root().resolve("replaced"));
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      ObjectNode configuration = images.inspect(TestEngine.BUSYBOX).configuration();
      ObjectNode config = configuration.withObjectProperty("config");
      config.putArray("Cmd").add("sh").add("-c").add("cat /read; ls -l /idle");
      configuration.withArrayProperty("history").addObject().put("created_by", "COPY . /");
      session.create(new NewImage(configuration, layers, List.of("fat:1"), ""));
    }
  }

  private ImageSlim slim() {
    return new ImageSlim(test.engine().images(), test.engine().containers());
  }

  @Test
  void filesAreOpenedIdleOrHidden() {
    SlimReport report = slim().run("fat:1", List.of(), Duration.ofSeconds(30));
    assertThat(report.exitCode()).isZero();
    assertThat(report.layers()).hasSize(3);
    SlimReport.LayerUse base = report.layers().getFirst();
    assertThat(base.openedBytes()).as("busybox itself").isGreaterThan(500_000);
    SlimReport.LayerUse own = report.layers().get(1);
    assertThat(own.createdBy()).isEqualTo("COPY . /");
    assertThat(own.bytes()).isEqualTo(15);
    assertThat(own.openedBytes()).isEqualTo(5);
    assertThat(own.hiddenBytes()).isEqualTo(3);
    assertThat(own.unused()).containsExactly(new SlimReport.UnusedFile("/idle", 7));
    assertThat(report.layers().get(2).files()).isZero();
    assertThat(test.engine().containers().list(ImageSlim.OWNER)).isEmpty();
  }

  @Test
  void aProgramThatDoesNotEndIsEnded() {
    SlimReport report = slim().run("fat:1", List.of("sleep", "1000"), Duration.ofMillis(300));
    assertThat(report.exitCode()).isEqualTo(-1);
    assertThat(report.layers().get(1).unused()).hasSize(2);
    assertThat(test.engine().containers().list(ImageSlim.OWNER)).isEmpty();
  }
}
