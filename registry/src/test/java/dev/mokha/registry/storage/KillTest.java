package dev.mokha.registry.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that is killed at any point has every image that it has accepted. */
class KillTest {
  private static final int KILLS = 4;

  @TempDir private Path directory;

  @Test
  void whatWasAcceptedIsWholeAfterAnyKill() throws Exception {
    Map<String, String> accepted = new LinkedHashMap<>();
    Map<String, String> tags = new HashMap<>();
    Random random = new Random(1);
    for (int kill = 0; kill < KILLS; kill++) {
      pushAndKill(kill, 1 + random.nextInt(60), accepted, tags);
      check(accepted, tags);
    }
    assertThat(accepted.size()).isGreaterThan(KILLS);
  }

  private void pushAndKill(
      int kill, int images, Map<String, String> accepted, Map<String, String> tags)
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Pusher.class.getName(),
                directory.resolve("r").toString(),
                Integer.toString(kill))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader said = process.inputReader()) {
      int seen = 0;
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        // After the kill, what was said before it is read to its end.
        String[] words = line.split(" ");
        if (words.length == 3 && words[1].length() == 71) {
          accepted.put(words[0] + " " + words[1], words[0]);
          tags.put(words[0] + " " + words[2], words[1]);
          if (++seen == images) {
            // By its handle, for the process itself would close what it has said too.
            process.toHandle().destroyForcibly();
          }
        }
      }
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void check(Map<String, String> accepted, Map<String, String> tags) throws Exception {
    try (RegistryStorage storage =
        RegistryStorage.open(directory.resolve("r"), InstantSource.system())) {
      try (Stream<Path> left = Files.list(directory.resolve("r/tmp"))) {
        assertThat(left).isEmpty();
      }
      storage
          .collector()
          .collect(new GarbageCollector.Options(Duration.ofSeconds(-5), false, false));
      storage.uploads().expire(Duration.ofSeconds(-5));
      assertThat(storage.uploads().count()).isZero();
      for (Map.Entry<String, String> image : accepted.entrySet()) {
        Repository repository = storage.repository(new RepositoryName(image.getValue()));
        Digest digest = Digest.parse(image.getKey().split(" ")[1]);
        Repository.Found found = repository.find(digest).orElseThrow();
        byte[] bytes = repository.manifest(digest).orElseThrow();
        assertThat(Digest.of(Digest.SHA256, bytes)).isEqualTo(digest);
        for (Descriptor blob : ManifestDocument.parse(bytes, found.mediaType()).blobs()) {
          assertThat(repository.blob(blob.digest())).hasValue(blob.size());
          assertThat(Digest.of(Digest.SHA256, content(storage, blob.digest())))
              .isEqualTo(blob.digest());
        }
      }
      for (String tag : tags.keySet()) {
        String[] words = tag.split(" ");
        Repository repository = storage.repository(new RepositoryName(words[0]));
        // The last push before the kill may have moved it without having said so.
        assertThat(repository.find(new Tag(words[1]))).isPresent();
      }
    }
  }

  private static byte[] content(RegistryStorage storage, Digest digest) throws IOException {
    return storage.blobs().read(digest).orElseThrow();
  }
}
