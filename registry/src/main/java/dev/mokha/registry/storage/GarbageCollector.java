package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Takes away what nothing refers to, while the registry is in use.
 *
 * <p>First each repository by itself, whose lock it holds shortly: links to blobs that none of its
 * manifests names, and, if asked, manifests without a tag. Then the blobs that no repository has.
 * Nothing goes that was uploaded, linked, pushed or asked for within the time of grace: an image
 * being pushed is in that state. A link made while blobs are swept is seen ({@link
 * BlobStore#beginSweep}).
 */
public final class GarbageCollector {
  private final RegistryStorage storage;
  private final InstantSource clock;
  private volatile Consumer<Report> listener = report -> {};

  /**
   * What to collect.
   *
   * @param grace what was used later than this before now stays; no push may take longer
   * @param untagged whether manifests go too to which no tag leads, neither directly nor through an
   *     index or as what they are about
   * @param dryRun only count
   */
  public record Options(Duration grace, boolean untagged, boolean dryRun) {
    /** A day of grace; manifests stay, tagged or not. */
    public static final Options DEFAULT = new Options(Duration.ofDays(1), false, false);

    /** Refuses nulls. */
    public Options {
      requireNonNull(grace, "grace");
    }
  }

  /**
   * What went.
   *
   * @param bytes that became free
   */
  public record Report(int manifests, int links, int blobs, long bytes) {}

  GarbageCollector(RegistryStorage storage, InstantSource clock) {
    this.storage = requireNonNull(storage);
    this.clock = requireNonNull(clock);
  }

  /** Has somebody told of each collection that was not a dry run. */
  public void onCollected(Consumer<Report> told) {
    listener = requireNonNull(told);
  }

  /** Something that needs all blobs to stay. */
  @FunctionalInterface
  interface Undisturbed<T> {
    T run() throws IOException;
  }

  /** Does something while nothing is collected; a collection that begins meanwhile waits. */
  synchronized <T> T withoutCollecting(Undisturbed<T> work) throws IOException {
    return work.run();
  }

  /** Collects once; a second caller waits for the first. */
  public synchronized Report collect(Options options) throws IOException {
    Instant usedBefore = clock.instant().minus(options.grace());
    int[] gone = new int[2];
    storage.blobs().beginSweep();
    try {
      Set<Digest> kept = new HashSet<>();
      for (String name : storage.repositories("")) {
        Repository repository = storage.repository(new RepositoryName(name));
        Lock lock = repository.lock().writeLock();
        lock.lock();
        try {
          kept.addAll(collect(repository, usedBefore, options, gone));
        } finally {
          lock.unlock();
        }
      }
      Report report = sweep(kept, usedBefore, options, gone);
      if (!options.dryRun()) {
        listener.accept(report);
      }
      return report;
    } finally {
      storage.blobs().endSweep();
    }
  }

  /** Collects one repository, and says what stays in it. */
  private Set<Digest> collect(
      Repository repository, Instant usedBefore, Options options, int[] gone) throws IOException {
    Set<Digest> manifests = new HashSet<>(repository.manifests());
    if (options.untagged()) {
      Set<Digest> reachable = reachable(repository, manifests, usedBefore);
      for (Digest digest : List.copyOf(manifests)) {
        if (!reachable.contains(digest)) {
          manifests.remove(digest);
          gone[0]++;
          if (!options.dryRun()) {
            repository.files().removeManifest(digest);
          }
        }
      }
    }
    if (!options.dryRun()) {
      repository.files().removeStrayReferrers(manifests);
    }
    Set<Digest> kept = new HashSet<>(manifests);
    for (Digest digest : manifests) {
      Optional<ManifestDocument> document = document(repository, digest);
      document.ifPresent(
          d -> {
            d.blobs().forEach(b -> kept.add(b.digest()));
            d.manifests().forEach(m -> kept.add(m.digest()));
          });
    }
    for (Digest link : repository.files().links()) {
      if (kept.contains(link)) {
        continue;
      }
      if (repository.files().linkUsed(link).isBefore(usedBefore)) {
        gone[1]++;
        if (!options.dryRun()) {
          repository.files().unlink(link);
        }
      } else {
        kept.add(link);
      }
    }
    return kept;
  }

  private Optional<ManifestDocument> document(Repository repository, Digest digest)
      throws IOException {
    Optional<Repository.Found> found = repository.find(digest);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> bytes = storage.blobs().read(digest);
    return bytes.map(b -> ManifestDocument.parse(b, found.get().mediaType()));
  }

  /** Manifests that a tag leads to, or that are young: through indexes, and to their referrers. */
  private Set<Digest> reachable(Repository repository, Set<Digest> manifests, Instant usedBefore)
      throws IOException {
    Set<Digest> reachable = new HashSet<>();
    Deque<Digest> open = new ArrayDeque<>();
    for (String tag : repository.tags()) {
      repository.tagged(new Tag(tag)).ifPresent(open::add);
    }
    List<Digest> about = new ArrayList<>();
    for (Digest digest : manifests) {
      if (!repository.files().manifestPut(digest).isBefore(usedBefore)) {
        open.add(digest);
      } else if (repository.subject(digest).isPresent()) {
        about.add(digest);
      }
    }
    while (!open.isEmpty()) {
      Digest digest = open.pop();
      if (!reachable.add(digest)) {
        continue;
      }
      document(repository, digest).ifPresent(d -> d.manifests().forEach(m -> open.add(m.digest())));
      for (Digest referrer : about) {
        if (repository.subject(referrer).filter(digest::equals).isPresent()) {
          open.add(referrer);
        }
      }
    }
    return reachable;
  }

  private Report sweep(Set<Digest> kept, Instant usedBefore, Options options, int[] gone)
      throws IOException {
    int blobs = 0;
    long bytes = 0;
    try (Stream<BlobStore.Stored> all = storage.blobs().all()) {
      for (BlobStore.Stored blob : (Iterable<BlobStore.Stored>) all::iterator) {
        if (kept.contains(blob.digest()) || !blob.lastUse().isBefore(usedBefore)) {
          continue;
        }
        long freed =
            options.dryRun() ? blob.size() : storage.blobs().sweep(blob.digest(), usedBefore);
        // An empty blob frees nothing, and is gone nevertheless.
        if (options.dryRun() || storage.blobs().size(blob.digest()).isEmpty()) {
          blobs++;
          bytes += freed;
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new Report(gone[0], gone[1], blobs, bytes);
  }
}
