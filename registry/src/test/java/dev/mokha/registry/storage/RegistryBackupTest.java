package dev.mokha.registry.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import dev.mokha.registry.TestRegistry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class RegistryBackupTest {
  @TempDir private Path directory;

  private static byte[] bytes(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private RegistryBackup backup() {
    return new RegistryBackup(directory.resolve("backup"));
  }

  private TestRegistry registry(String name) throws IOException {
    return TestRegistry.open(directory.resolve(name));
  }

  private static RegistryBackup.Report take(RegistryBackup backup, TestRegistry registry)
      throws IOException {
    return backup.take(registry.storage(), RegistryBackup.Progress.NONE);
  }

  private static RegistryBackup.Report restore(RegistryBackup backup, TestRegistry registry)
      throws IOException {
    return backup.restore(registry.storage(), RegistryBackup.Progress.NONE);
  }

  private static String digest(HttpResponse<byte[]> response) {
    return response.headers().firstValue("Docker-Content-Digest").orElse("");
  }

  @Test
  void whatWasPushedIsThereAgain() throws Exception {
    byte[] layer = bytes(1, 300_000);
    Digest one;
    Digest index;
    try (TestRegistry registry = registry("old")) {
      one = registry.pushImage("team/app", "v1", layer);
      registry.putManifest("team/app", "latest", registry.get("/v2/team/app/manifests/v1").body());
      registry.pushImage("team/other", "x", layer, bytes(2, 10));
      ObjectNode tree = Json.MAPPER.createObjectNode().put("schemaVersion", 2);
      tree.put("mediaType", ManifestDocument.OCI_INDEX);
      tree.putArray("manifests")
          .addObject()
          .put("mediaType", ManifestDocument.OCI_MANIFEST)
          .put("digest", one.toString())
          .put("size", registry.get("/v2/team/app/manifests/v1").body().length);
      byte[] content = Json.bytes(tree);
      index = Digest.of(Digest.SHA256, content);
      assertThat(
              registry
                  .send(
                      "PUT",
                      "/v2/team/app/manifests/multi",
                      content,
                      "Content-Type",
                      ManifestDocument.OCI_INDEX)
                  .statusCode())
          .isEqualTo(201);
      RegistryBackup.Report report = take(backup(), registry);
      assertThat(report.repositories()).isEqualTo(2);
      assertThat(report.manifests()).isEqualTo(3);
      assertThat(report.tags()).isEqualTo(4);
      // Shared layers are kept once.
      assertThat(report.copied()).isEqualTo(3 + 2 + 2);
    }
    try (TestRegistry registry = registry("new")) {
      RegistryBackup.Report report = restore(backup(), registry);
      assertThat(report.manifests()).isEqualTo(3);
      assertThat(report.tags()).isEqualTo(4);
      assertThat(digest(registry.get("/v2/team/app/manifests/latest"))).isEqualTo(one.toString());
      assertThat(digest(registry.get("/v2/team/app/manifests/multi"))).isEqualTo(index.toString());
      Digest blob = Digest.of(Digest.SHA256, layer);
      assertThat(registry.get("/v2/team/other/blobs/" + blob).body()).isEqualTo(layer);
      assertThat(registry.get("/v2/team/app/blobs/" + blob).body()).isEqualTo(layer);
      // Once more does no harm.
      assertThat(restore(backup(), registry).copied()).isZero();
    }
  }

  @Test
  void onlyWhatIsNewIsCopiedAndWhatIsGoneGoesWhenAsked() throws Exception {
    try (TestRegistry registry = registry("old")) {
      registry.pushImage("app", "v1", bytes(1, 50_000));
      assertThat(take(backup(), registry).copied()).isEqualTo(3);
      assertThat(take(backup(), registry).copied()).isZero();
      registry.pushImage("app", "v2", bytes(1, 50_000), bytes(2, 1000));
      assertThat(take(backup(), registry).copied()).isEqualTo(3);
      Digest first =
          registry
              .storage()
              .repository(new RepositoryName("app"))
              .tagged(new Tag("v1"))
              .orElseThrow();
      registry.storage().repository(new RepositoryName("app")).deleteManifest(first);
      take(backup(), registry);
      assertThat(backup().prune()).isPositive();
      assertThat(backup().prune()).isZero();
    }
    try (TestRegistry registry = registry("new")) {
      assertThat(restore(backup(), registry).manifests()).isEqualTo(1);
      assertThat(registry.get("/v2/app/manifests/v2").statusCode()).isEqualTo(200);
      assertThat(registry.get("/v2/app/manifests/v1").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void uploadsUnderWayAreLeftOut() throws Exception {
    try (TestRegistry registry = registry("old")) {
      registry.pushImage("app", "v1", bytes(1, 1000));
      registry.push("half/done", bytes(3, 1000));
      registry.storage().uploads().begin(new RepositoryName("half/begun"), Digest.SHA256);
      assertThat(take(backup(), registry).blobs()).isEqualTo(3);
    }
    try (TestRegistry registry = registry("new")) {
      restore(backup(), registry);
      assertThat(registry.storage().repositories("")).containsExactly("app");
      assertThat(registry.storage().uploads().count()).isZero();
    }
  }

  @Test
  void aDamagedBackupGivesBackAllElseAndSaysWhatIsMissing() throws Exception {
    byte[] bad = bytes(7, 5000);
    try (TestRegistry registry = registry("old")) {
      registry.pushImage("good", "v1", bytes(1, 1000));
      registry.pushImage("bad", "v1", bad);
      take(backup(), registry);
    }
    Digest digest = Digest.of(Digest.SHA256, bad);
    Path file =
        directory.resolve(
            "backup/blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex());
    byte[] content = Files.readAllBytes(file);
    content[100] ^= 1;
    Files.write(file, content);
    try (TestRegistry registry = registry("new")) {
      assertThatThrownBy(() -> restore(backup(), registry))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("bad@sha256:")
          .hasMessageNotContaining("good@");
      assertThat(registry.get("/v2/good/manifests/v1").statusCode()).isEqualTo(200);
      assertThat(registry.get("/v2/bad/manifests/v1").statusCode()).isEqualTo(404);
      assertThat(registry.storage().blobs().size(digest)).isEmpty();
    }
  }

  @Test
  void aDamagedBlobOfTheRegistryIsSaid() throws Exception {
    byte[] bad = bytes(7, 5000);
    Digest digest = Digest.of(Digest.SHA256, bad);
    try (TestRegistry registry = registry("old")) {
      registry.pushImage("good", "v1", bytes(1, 1000));
      registry.pushImage("bad", "v1", bad);
      Path file =
          directory.resolve(
              "old/blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex());
      byte[] content = Files.readAllBytes(file);
      content[100] ^= 1;
      Files.write(file, content);
      assertThatThrownBy(() -> take(backup(), registry))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(digest.toString());
    }
  }

  @Test
  void whatIsNoBackupIsRefused() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("file"), "x");
    try (TestRegistry registry = registry("r")) {
      assertThatThrownBy(() -> take(new RegistryBackup(other), registry))
          .hasMessageContaining("something else");
      assertThatThrownBy(() -> restore(new RegistryBackup(other), registry))
          .hasMessageContaining("no backup");
      take(backup(), registry);
      Files.writeString(
          directory.resolve("backup/catalog.json"),
          "{\"created\":\"2026-01-01T00:00:00Z\",\"repositories\":{\"../../up\":{}}}",
          StandardCharsets.UTF_8);
      assertThatThrownBy(() -> restore(backup(), registry)).isInstanceOf(IOException.class);
      Files.writeString(directory.resolve("backup/FORMAT"), "mokha-registry-backup 2\n");
      assertThatThrownBy(() -> restore(backup(), registry)).hasMessageContaining("knows only");
    }
  }

  /** Each backup that was taken beside pushes, deletions and collections is whole. */
  @Test
  void aBackupBesidePushesIsWhole() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (TestRegistry registry = registry("busy");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> pushing =
          threads.submit(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  registry.pushImage("app" + i % 3, "t" + i % 5, bytes(i, 2000), bytes(i % 7, 500));
                  if (i % 4 == 3) {
                    registry.storage().deleteRepository(new RepositoryName("app" + i % 3));
                    registry
                        .storage()
                        .collector()
                        .collect(new GarbageCollector.Options(Duration.ofMinutes(-1), true, false));
                  }
                }
                return null;
              });
      try {
        for (int round = 0; round < 10; round++) {
          take(backup(), registry);
          Path to = directory.resolve("restored" + round);
          try (RegistryStorage storage = RegistryStorage.open(to, InstantSource.system())) {
            backup().restore(storage, RegistryBackup.Progress.NONE);
          }
        }
      } finally {
        stop.set(true);
      }
      pushing.get();
    }
  }
}
