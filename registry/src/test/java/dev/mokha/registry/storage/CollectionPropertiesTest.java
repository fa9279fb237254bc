package dev.mokha.registry.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.TestRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever several clients push, mount, tag and delete while garbage is collected with no grace at
 * all: each manifest that is there has all it refers to, byte for byte. A push may be refused, for
 * its blobs went before its manifest came; it is never accepted and broken.
 */
class CollectionPropertiesTest {
  private static final int REPOSITORIES = 3;
  private static final int CONTENTS = 4;

  /** What a push may be told when its blobs were collected before its manifest came. */
  private static final Set<ErrorCode> LOST =
      EnumSet.of(
          ErrorCode.MANIFEST_BLOB_UNKNOWN, ErrorCode.MANIFEST_UNKNOWN, ErrorCode.NAME_UNKNOWN);

  /** One thing that a client does; the numbers choose among few names and contents. */
  record Step(Kind kind, int repository, int first, int second) {}

  enum Kind {
    UPLOAD,
    MOUNT,
    PUSH,
    DELETE_MANIFEST,
    DELETE_TAG,
    DELETE_REPOSITORY,
    COLLECT,
    COLLECT_UNTAGGED
  }

  @Provide
  Arbitrary<List<List<Step>>> clients() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            net.jqwik.api.Tuple.of(3, Kind.UPLOAD),
            net.jqwik.api.Tuple.of(3, Kind.MOUNT),
            net.jqwik.api.Tuple.of(8, Kind.PUSH),
            net.jqwik.api.Tuple.of(2, Kind.DELETE_MANIFEST),
            net.jqwik.api.Tuple.of(2, Kind.DELETE_TAG),
            net.jqwik.api.Tuple.of(1, Kind.DELETE_REPOSITORY),
            net.jqwik.api.Tuple.of(3, Kind.COLLECT),
            net.jqwik.api.Tuple.of(2, Kind.COLLECT_UNTAGGED));
    Arbitrary<Step> steps =
        Combinators.combine(
                kinds,
                Arbitraries.integers().between(0, REPOSITORIES - 1),
                Arbitraries.integers().between(0, CONTENTS - 1),
                Arbitraries.integers().between(0, CONTENTS - 1))
            .as(Step::new);
    return steps.list().ofMinSize(4).ofMaxSize(12).list().ofSize(3);
  }

  @Property(tries = 15)
  void noManifestLosesWhatItRefersTo(@ForAll("clients") List<List<Step>> clients) throws Exception {
    Path directory = Files.createTempDirectory("collection");
    try (RegistryStorage storage = RegistryStorage.open(directory, InstantSource.system())) {
      CyclicBarrier begin = new CyclicBarrier(clients.size());
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> running = new ArrayList<>();
        for (List<Step> steps : clients) {
          running.add(
              threads.submit(
                  () -> {
                    begin.await();
                    for (Step step : steps) {
                      act(storage, step);
                    }
                    return null;
                  }));
        }
        for (Future<?> client : running) {
          client.get();
        }
      }
      isWhole(storage);
      storage
          .collector()
          .collect(new GarbageCollector.Options(Duration.ofMinutes(-1), false, false));
      isWhole(storage);
      isClean(storage);
    } finally {
      DurableFiles.deleteTree(directory);
    }
  }

  private static byte[] content(int number) {
    return ("content " + number).repeat(20 + number).getBytes(StandardCharsets.UTF_8);
  }

  private static RepositoryName name(int number) {
    return new RepositoryName("team/app" + number);
  }

  private static void act(RegistryStorage storage, Step step) throws Exception {
    Repository repository = storage.repository(name(step.repository()));
    byte[] document = TestRegistry.manifest(content(step.first()), content(step.second()));
    Digest manifest = Digest.of(Digest.SHA256, document);
    Tag tag = new Tag("t" + step.second());
    try {
      switch (step.kind()) {
        case UPLOAD -> upload(storage, repository.name(), content(step.first()));
        case MOUNT -> storage.mount(repository.name(), digest(content(step.first())));
        case PUSH -> {
          for (byte[] blob : List.of(content(step.first()), content(step.second()))) {
            if (repository.blob(digest(blob)).isEmpty()
                && !storage.mount(repository.name(), digest(blob))) {
              upload(storage, repository.name(), blob);
            }
          }
          storage.putManifest(
              repository.name(),
              ManifestDocument.parse(document, ""),
              manifest,
              step.first() == 0 ? List.of() : List.of(tag),
              true);
        }
        case DELETE_MANIFEST -> repository.deleteManifest(manifest);
        case DELETE_TAG -> repository.deleteTag(tag);
        case DELETE_REPOSITORY -> storage.deleteRepository(repository.name());
        case COLLECT, COLLECT_UNTAGGED ->
            storage
                .collector()
                .collect(
                    new GarbageCollector.Options(
                        Duration.ofMinutes(-1), step.kind() == Kind.COLLECT_UNTAGGED, false));
      }
    } catch (RegistryException e) {
      assertThat(LOST).as(e.getMessage()).contains(e.code());
    }
  }

  private static Digest digest(byte[] content) {
    return Digest.of(Digest.SHA256, content);
  }

  private static void upload(RegistryStorage storage, RepositoryName name, byte[] content)
      throws Exception {
    Upload upload = storage.uploads().begin(name, Digest.SHA256);
    try (Upload.Turn turn = upload.take(Duration.ofSeconds(1))) {
      turn.write(ByteBuffer.wrap(content));
      storage.finish(turn, digest(content));
    }
  }

  /** All that manifests and tags lead to is here, and what it should be. */
  private static void isWhole(RegistryStorage storage) throws IOException {
    for (int i = 0; i < REPOSITORIES; i++) {
      Repository repository = storage.repository(name(i));
      for (Digest manifest : repository.manifests()) {
        Optional<byte[]> bytes = storage.blobs().read(manifest);
        assertThat(bytes.map(CollectionPropertiesTest::digest))
            .as(name(i).value())
            .contains(manifest);
        for (Descriptor blob : ManifestDocument.parse(bytes.orElseThrow(), "").blobs()) {
          assertThat(repository.blob(blob.digest())).as("a link to " + blob).isPresent();
          assertThat(storage.blobs().read(blob.digest()).map(CollectionPropertiesTest::digest))
              .as("what %s of %s refers to", manifest, name(i))
              .contains(blob.digest());
        }
      }
      for (String tag : repository.tags()) {
        assertThat(repository.manifests()).contains(repository.tagged(new Tag(tag)).orElseThrow());
      }
    }
  }

  /** And nothing else is. */
  private static void isClean(RegistryStorage storage) throws IOException {
    Set<Digest> wanted = new java.util.HashSet<>();
    for (int i = 0; i < REPOSITORIES; i++) {
      for (Digest manifest : storage.repository(name(i)).manifests()) {
        wanted.add(manifest);
        ManifestDocument.parse(storage.blobs().read(manifest).orElseThrow(), "")
            .blobs()
            .forEach(blob -> wanted.add(blob.digest()));
      }
    }
    try (var all = storage.blobs().all()) {
      assertThat(all.map(BlobStore.Stored::digest)).containsExactlyInAnyOrderElementsOf(wanted);
    }
    assertThat(storage.uploads().count()).isZero();
  }
}
