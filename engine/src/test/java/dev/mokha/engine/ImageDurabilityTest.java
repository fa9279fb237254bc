package dev.mokha.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.content.Digest;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.registry.FakeRegistry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whenever a daemon is killed, every image on record is whole, and nothing else is left. */
@Timeout(180)
class ImageDurabilityTest {
  private static final int KILLS = 4;

  @Test
  void everyImageIsWholeAfterAKillAtAnyPoint() throws Exception {
    TestEngine.assumeRoot();
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (TestEngine test = new TestEngine();
        FakeRegistry registry = new FakeRegistry()) {
      byte[] layer = layer(random);
      String config =
          "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
              .formatted(Digest.of(layer));
      registry.put("1", config.getBytes(StandardCharsets.UTF_8), layer);
      test.engine().close();
      for (int i = 0; i < KILLS; i++) {
        kill(test, registry, random, i % 2 == 1);
        test.reopen();
        assertThat(test.engine().images().check(false, Progress.NONE))
            .as("after kill %s of seed %s", i, seed)
            .isEmpty();
        assertThat(left(test)).as("after kill %s of seed %s", i, seed).isEmpty();
        test.engine().close();
      }
    }
  }

  /**
   * Kills a worker at any moment; when it is to be after some work, however slow the machine is.
   */
  private static void kill(
      TestEngine test, FakeRegistry registry, Random random, boolean afterSomeWork)
      throws Exception {
    List<String> words =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            DaemonProcess.classPath(),
            ImageWorker.class.getName(),
            test.config().dataDir().toString(),
            test.config().runDir().toString(),
            test.config().cgroupRoot(),
            TestEngine.busyboxArchive().toString(),
            registry.host(),
            Long.toString(random.nextLong()));
    Path said = test.scratch().resolve("worker.log");
    Process worker = new ProcessBuilder(words).redirectError(said.toFile()).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8))) {
      DaemonProcess.await(lines, afterSomeWork ? "has images" : "ready");
      boolean ended =
          worker.waitFor(200 + random.nextInt(1000), java.util.concurrent.TimeUnit.MILLISECONDS);
      assertThat(ended).as(() -> read(said)).isFalse();
    } finally {
      worker.destroyForcibly().waitFor();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Half-made things and mounts. */
  private static List<String> left(TestEngine test) throws IOException {
    List<String> left = new ArrayList<>();
    Path data = test.config().dataDir();
    for (Path directory :
        List.of(data.resolve("snapshots/staging"), data.resolve("snapshots/work"))) {
      if (Files.isDirectory(directory)) {
        try (var paths = Files.list(directory)) {
          paths.forEach(path -> left.add(path.toString()));
        }
      }
    }
    try (var paths = Files.list(data.resolve("content/ingest"))) {
      paths
          .filter(path -> path.getFileName().toString().startsWith("new-"))
          .forEach(path -> left.add(path.toString()));
    }
    test.mounts().forEach(mount -> left.add(mount.toString()));
    return left;
  }

  private static byte[] layer(Random random) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int i = 0; i < 200; i++) {
        byte[] content = new byte[random.nextInt(20_000)];
        random.nextBytes(content);
        TarArchiveEntry entry = new TarArchiveEntry("d" + i % 7 + "/file" + i);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }
}
