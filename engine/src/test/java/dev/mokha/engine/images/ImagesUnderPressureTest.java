package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.registry.FakeRegistry;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A full disk, and several who want different things of one image. */
@Timeout(120)
class ImagesUnderPressureTest {
  private static byte[] layer(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      TarArchiveEntry entry = new TarArchiveEntry("file");
      entry.setSize(bytes);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
    return out.toByteArray();
  }

  private static void put(FakeRegistry registry, String tag, byte[] layer) {
    registry.put(
        tag,
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\""
                + Digest.of(layer)
                + "\"]}}")
            .getBytes(StandardCharsets.UTF_8),
        layer);
  }

  @Test
  void aFullDiskIsSaidAndLeavesWhatWas() throws Exception {
    TestEngine.assumeRoot();
    String name = "mokha-test-" + UUID.randomUUID().toString().substring(0, 8);
    Path root = Files.createDirectories(Path.of("/var/tmp", name));
    EngineConfig config =
        new EngineConfig(
            root.resolve("data"), Path.of("/run", name), "/" + name, Map.of(), List.of());
    try {
      Mounts.tmpfs(root, EnumSet.noneOf(MountFlag.class), "size=24m");
    } catch (LinuxException e) {
      assumeTrue(false, "needs a small file system: " + e.getMessage());
    }
    try (FakeRegistry registry = new FakeRegistry();
        Engine engine = Engine.open(config)) {
      Images images = engine.images();
      put(registry, "small", layer(1 << 20));
      put(registry, "large", layer(15 << 20)); // its blob fits, its files do not beside it
      put(registry, "huge", layer(40 << 20));
      String repository = registry.host() + "/team/app:";
      Image small = images.pull(repository + "small", PullOptions.DEFAULT);
      for (String tag : List.of("large", "huge")) {
        assertThatThrownBy(() -> images.pull(repository + tag, PullOptions.DEFAULT))
            .as(tag)
            .isInstanceOfSatisfying(
                EngineException.class,
                e -> assertThat(e.code()).isEqualTo(EngineException.Code.NO_SPACE))
            .hasMessageContaining("No space left");
      }
      assertThatThrownBy(
              () ->
                  images.importRoot(
                      new ByteArrayInputStream(layer(40 << 20)),
                      new ImportSpec(
                          "huge",
                          "",
                          "",
                          tools.jackson.databind.json.JsonMapper.shared().createObjectNode())))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("No space left");
      assertThat(images.list()).extracting(Image::id).containsExactly(small.id());
      assertThat(images.check(false, Progress.NONE)).isEmpty();
      try (var left = Files.list(config.dataDir().resolve("snapshots/staging"))) {
        assertThat(left).isEmpty();
      }
      images.delete(small.id(), true, true);
      try (var blobs = Files.walk(config.dataDir().resolve("content/blobs"))) {
        assertThat(blobs.filter(Files::isRegularFile)).isEmpty();
      }
    } finally {
      Mounts.unmount(root);
      Mounts.unmountTree(config.runDir());
      Cgroups.detect().remove(config.cgroupRoot());
      DurableFiles.delete(config.runDir());
      DurableFiles.delete(root);
    }
  }

  @Test
  void twoRemovalsAtOnceRemoveOnce() throws Exception {
    try (TestEngine test = TestEngine.withBusybox()) {
      Images images = test.engine().images();
      String id = images.find(TestEngine.BUSYBOX).orElseThrow().id();
      List<Callable<List<Removal>>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(() -> images.delete(id, true, true));
      }
      int removed = 0;
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<List<Removal>> task : executor.invokeAll(tasks)) {
          try {
            assertThat(task.get()).contains(new Removal.Deleted(id, true));
            removed++;
          } catch (ExecutionException e) {
            assertThat(e.getCause())
                .isInstanceOfSatisfying(
                    EngineException.class,
                    refused ->
                        assertThat(refused.code()).isEqualTo(EngineException.Code.NOT_FOUND));
          }
        }
      }
      assertThat(removed).isEqualTo(1);
    }
  }

  @Test
  void pullsAndRemovalsAtOnceLeaveWholeImages() throws Exception {
    TestEngine.assumeRoot();
    try (TestEngine test = new TestEngine();
        FakeRegistry registry = new FakeRegistry()) {
      Images images = test.engine().images();
      for (String tag : List.of("a", "b")) {
        put(registry, tag, layer(300_000));
      }
      String repository = registry.host() + "/team/app:";
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String name = repository + (i % 2 == 0 ? "a" : "b");
        tasks.add(
            () -> {
              for (int n = 0; n < 15; n++) {
                images.pull(name, PullOptions.DEFAULT);
              }
              return null;
            });
        tasks.add(
            () -> {
              for (int n = 0; n < 15; n++) {
                try {
                  images.delete(name, true, true);
                } catch (EngineException e) {
                  assertThat(e.code()).isEqualTo(EngineException.Code.NOT_FOUND);
                }
                images.prune();
              }
              return null;
            });
      }
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<Void> task : executor.invokeAll(tasks)) {
          task.get();
        }
      }
      assertThat(images.check(false, Progress.NONE)).isEmpty();
      Image last = images.pull(repository + "a", PullOptions.DEFAULT);
      assertThat(last.size()).isEqualTo(300_000);
      assertThat(images.check(false, Progress.NONE)).isEmpty();
    }
  }
}
