package dev.mokha.registry.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.registry.TestRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class GarbageCollectorTest {
  private static final GarbageCollector.Options USUAL = GarbageCollector.Options.DEFAULT;
  private static final Duration DAYS = Duration.ofDays(3);

  @TempDir private Path directory;
  private volatile Instant now = Instant.now();
  private RegistryStorage storage;

  @BeforeEach
  void open() throws IOException {
    storage = RegistryStorage.open(directory.resolve("r"), () -> now);
  }

  @AfterEach
  void close() throws IOException {
    storage.close();
  }

  private Digest blob(String repository, String content) throws Exception {
    return blob(repository, content.getBytes(StandardCharsets.UTF_8));
  }

  private Digest blob(String repository, byte[] content) throws Exception {
    Digest digest = Digest.of(Digest.SHA256, content);
    Upload upload = storage.uploads().begin(RepositoryName.parse(repository), Digest.SHA256);
    try (Upload.Turn turn = upload.take(Duration.ofSeconds(1))) {
      turn.write(ByteBuffer.wrap(content));
      storage.finish(turn, digest);
    }
    return digest;
  }

  private Digest manifest(String repository, byte[] document, String... tags) throws IOException {
    Digest digest = Digest.of(Digest.SHA256, document);
    List<Tag> all = Stream.of(tags).map(Tag::new).toList();
    storage.putManifest(
        RepositoryName.parse(repository), ManifestDocument.parse(document, ""), digest, all, true);
    return digest;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private boolean has(Digest digest) throws IOException {
    return storage.blobs().size(digest).isPresent();
  }

  @Test
  void whatNoManifestNamesGoesAfterItsGrace() throws Exception {
    Digest config = blob("app", "config");
    Digest layer = blob("app", "layer");
    Digest stray = blob("app", "stray");
    Digest image = manifest("app", TestRegistry.manifest(utf8("config"), utf8("layer")), "v1");
    assertThat(storage.collector().collect(USUAL).blobs()).isZero();
    now = now.plus(DAYS);
    GarbageCollector.Report wouldGo =
        storage.collector().collect(new GarbageCollector.Options(USUAL.grace(), false, true));
    assertThat(wouldGo.blobs()).isEqualTo(1);
    assertThat(has(stray)).isTrue();
    GarbageCollector.Report gone = storage.collector().collect(USUAL);
    assertThat(gone).isEqualTo(new GarbageCollector.Report(0, 1, 1, 5));
    assertThat(has(stray)).isFalse();
    assertThat(List.of(has(config), has(layer), has(image))).containsOnly(true);
  }

  @Test
  void whoAsksForABlobKeepsItForHisPush() throws Exception {
    Digest layer = blob("app", "layer");
    now = now.plus(DAYS);
    assertThat(storage.repository(RepositoryName.parse("app")).blob(layer)).isPresent();
    storage.collector().collect(USUAL);
    assertThat(has(layer)).isTrue();
  }

  @Test
  void aBlobStaysWhileAnyRepositoryNeedsIt() throws Exception {
    blob("one", "config");
    Digest layer = blob("one", "layer");
    Digest image = manifest("one", TestRegistry.manifest(utf8("config"), utf8("layer")), "v1");
    storage.mount(RepositoryName.parse("two"), layer);
    blob("two", "config");
    manifest("two", TestRegistry.manifest(utf8("config"), utf8("layer")), "v1");
    storage.repository(RepositoryName.parse("one")).deleteManifest(image);
    now = now.plus(DAYS);
    storage.collector().collect(USUAL);
    assertThat(has(layer)).isTrue();
    assertThat(storage.repository(RepositoryName.parse("one")).blob(layer)).isEmpty();
    assertThat(storage.repository(RepositoryName.parse("two")).blob(layer)).isPresent();
    storage.deleteRepository(RepositoryName.parse("two"));
    now = now.plus(DAYS);
    storage.collector().collect(USUAL);
    assertThat(has(layer)).isFalse();
  }

  @Test
  void untaggedManifestsGoOnlyWhenAskedAndOnlyWhenNothingLeadsToThem() throws Exception {
    blob("app", "config");
    byte[] image = TestRegistry.manifest(utf8("config"));
    Digest child = manifest("app", image);
    ObjectNode index = Json.MAPPER.createObjectNode().put("schemaVersion", 2);
    index.put("mediaType", ManifestDocument.OCI_INDEX);
    index.putArray("manifests").add(TestRegistry.descriptor(ManifestDocument.OCI_MANIFEST, image));
    manifest("app", Json.bytes(index), "v1");
    ObjectNode signature = TestRegistry.manifestTree(utf8("config"));
    signature.set("subject", TestRegistry.descriptor(ManifestDocument.OCI_MANIFEST, image));
    Digest referrer = manifest("app", Json.bytes(signature));
    ObjectNode old = TestRegistry.manifestTree(utf8("config"));
    old.putObject("annotations").put("version", "old");
    Digest untagged = manifest("app", Json.bytes(old));
    now = now.plus(DAYS);
    assertThat(storage.collector().collect(USUAL).manifests()).isZero();
    GarbageCollector.Report report =
        storage.collector().collect(new GarbageCollector.Options(USUAL.grace(), true, false));
    assertThat(report.manifests()).isEqualTo(1);
    Repository app = storage.repository(RepositoryName.parse("app"));
    assertThat(app.find(untagged)).isEmpty();
    assertThat(app.find(child)).isPresent();
    assertThat(app.find(referrer)).isPresent();
    assertThat(app.referrers(child)).hasSize(1);
  }

  @Test
  void idleUploadsExpire() throws Exception {
    Upload upload = storage.uploads().begin(RepositoryName.parse("app"), Digest.SHA256);
    try (Upload.Turn turn = upload.take(Duration.ofSeconds(1))) {
      turn.write(ByteBuffer.wrap(new byte[10]));
    }
    assertThat(storage.uploads().expire(Duration.ofDays(1))).isZero();
    now = now.plus(DAYS);
    assertThat(storage.uploads().expire(Duration.ofDays(1))).isEqualTo(1);
    assertThat(storage.uploads().count()).isZero();
  }

  /**
   * Pushers share layers, skip what is there as clients do, and take their images away again; what
   * they leave is made to look old. Whatever the collector does meanwhile, a push that began by
   * asking what is there succeeds, and what was pushed is whole.
   */
  @Test
  void pushesAndCollectionsDoNotDisturbEachOther() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger collected = new AtomicInteger();
    AtomicInteger pushed = new AtomicInteger();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> collector =
          threads.submit(
              () -> {
                while (!stop.get()) {
                  GarbageCollector.Options options =
                      new GarbageCollector.Options(Duration.ofMinutes(1), true, false);
                  try {
                    collected.addAndGet(storage.collector().collect(options).blobs());
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              });
      List<Future<?>> pushers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int number = i;
        pushers.add(
            threads.submit(
                () -> {
                  Random random = new Random(number);
                  String name = "app" + number;
                  for (int round = 0; round < 60; round++) {
                    pushAndRemove(name, "layer" + random.nextInt(3));
                    pushed.incrementAndGet();
                  }
                  return null;
                }));
      }
      for (Future<?> pusher : pushers) {
        pusher.get();
      }
      stop.set(true);
      collector.get();
    }
    assertThat(pushed.get()).isEqualTo(240);
    // Otherwise nothing was tested.
    assertThat(collected.get()).isPositive();
  }

  private void pushAndRemove(String name, String layer) throws Exception {
    Repository repository = storage.repository(RepositoryName.parse(name));
    for (String content : List.of("config", layer)) {
      Digest digest = Digest.of(Digest.SHA256, utf8(content));
      if (repository.blob(digest).isEmpty()) {
        blob(name, content);
      }
    }
    byte[] document = TestRegistry.manifest(utf8("config"), utf8(layer));
    Digest image = manifest(name, document, "v1");
    assertThat(repository.manifest(image)).isPresent();
    for (String content : List.of("config", layer)) {
      Digest digest = Digest.of(Digest.SHA256, utf8(content));
      assertThat(storage.blobs().read(digest)).hasValue(utf8(content));
    }
    repository.deleteManifest(image);
    try (Stream<Path> files = Files.walk(directory.resolve("r/repositories/" + name + "/_links"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        age(file);
      }
    }
    try (Stream<Path> files = Files.walk(directory.resolve("r/blobs"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        age(file);
      }
    } catch (UncheckedIOException e) {
      // Collected meanwhile.
    }
  }

  private static void age(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(DAYS)));
    } catch (IOException e) {
      // Collected meanwhile.
    }
  }
}
