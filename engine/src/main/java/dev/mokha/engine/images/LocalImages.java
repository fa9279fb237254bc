package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.registry.ImagePuller;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images, over the content store, the snapshots and the image list. */
public final class LocalImages implements Images {
  private static final Logger log = LoggerFactory.getLogger(LocalImages.class);

  private final ContentStore content;
  private final Snapshots snapshots;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final ImagePuller puller;
  private final Path mounts;
  private final Path scratch;
  private final Supplier<ImageUse> use;
  private final List<Consumer<ImageEvent>> listeners = new CopyOnWriteArrayList<>();
  private final List<Supplier<Set<String>>> keepers = new CopyOnWriteArrayList<>();

  /**
   * The images of an engine.
   *
   * @param scratch where temporary files may be; on the data directory's file system
   * @param use what containers use; asked at each removal
   */
  public LocalImages(
      EngineConfig config,
      ContentStore content,
      Snapshots snapshots,
      Leases leases,
      Path scratch,
      Supplier<ImageUse> use)
      throws IOException {
    this.content = requireNonNull(content);
    this.snapshots = requireNonNull(snapshots);
    this.leases = requireNonNull(leases);
    this.scratch = requireNonNull(scratch);
    this.use = requireNonNull(use);
    this.database = new ImageDatabase(config.dataDir().resolve("images.json"), content);
    this.records = new ImageRecords(content, snapshots.layers(), database);
    this.mounts = config.runDir().resolve("work");
    this.puller = new ImagePuller(config, content);
  }

  @Override
  public Optional<Image> find(String reference) {
    ImageDatabase.State state = database.state();
    return ImageQueries.findId(state, reference).map(id -> ImageQueries.image(state, id));
  }

  @Override
  public List<Image> list() {
    ImageDatabase.State state = database.state();
    return state.images().keySet().stream().map(id -> ImageQueries.image(state, id)).toList();
  }

  @Override
  public Pulled fetch(String reference, PullOptions options) {
    Reference name = Reference.parse(reference);
    return Failures.guarded(
        "pull " + name,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            ImagePuller.Pulled pulled = puller.pull(name, options, lease);
            List<String> names = name.tag().isEmpty() ? List.of() : List.of(name.tagged());
            Optional<Image> before = find(reference);
            Image image =
                records.register(
                    pulled.manifest(),
                    pulled.documents(),
                    names,
                    List.of(
                        name.digested(pulled.resolved()),
                        name.digested(pulled.manifest().digest())),
                    lease,
                    options.progress());
            boolean newer = !before.map(Image::id).equals(Optional.of(image.id()));
            return new Pulled(image, pulled.resolved().toString(), newer);
          }
        });
  }

  @Override
  public List<Image> importArchive(Path archive, String reference, Progress progress) {
    return Failures.guarded(
        "import " + archive,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            List<ArchiveReader.Found> found =
                new ArchiveReader(content, lease, progress).read(archive, reference);
            List<Image> images = new ArrayList<>();
            for (ArchiveReader.Found one : found) {
              images.add(
                  records.register(
                      one.manifest(),
                      one.documents(),
                      one.references(),
                      List.of(),
                      lease,
                      progress));
            }
            return images;
          }
        });
  }

  @Override
  public Image compose(ComposeSpec spec, Progress progress) {
    Reference name = Reference.parse(spec.reference());
    return Failures.guarded(
        "compose " + name,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Descriptor manifest =
                new ImageComposer(content, scratch).compose(spec, lease, progress);
            return records.register(
                manifest,
                List.of(manifest.digest()),
                List.of(name.tagged()),
                List.of(),
                lease,
                progress);
          }
        });
  }

  @Override
  public void export(String reference, Path archive) {
    ImageDatabase.State state = database.state();
    String id =
        ImageQueries.findId(state, reference).orElseThrow(() -> Failures.missing(reference));
    StoredImage stored = state.images().get(id);
    Failures.guarded(
        "export " + reference,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            stored.blobs().forEach(lease::add);
            new ArchiveWriter(content)
                .write(stored, ImageQueries.keysOf(state.references(), id), archive);
          }
          return null;
        });
  }

  @Override
  public Image tag(String existing, String reference) {
    Reference name = Reference.parse(reference);
    if (name.digest().isPresent()) {
      throw new EngineException(
          EngineException.Code.INVALID, "A new name must not have a digest: " + reference);
    }
    return Failures.guarded(
        "tag " + existing,
        () -> {
          String[] id = new String[1];
          ImageDatabase.State state =
              database.update(
                  old -> {
                    id[0] =
                        ImageQueries.findId(old, existing)
                            .orElseThrow(() -> Failures.missing(existing));
                    Map<String, String> references = new HashMap<>(old.references());
                    references.put(name.tagged(), id[0]);
                    return new ImageDatabase.State(old.images(), references, old.digests());
                  });
          return ImageQueries.image(state, id[0]);
        });
  }

  @Override
  public List<String> remove(String reference) {
    return Failures.guarded(
        "remove " + reference,
        () -> {
          Set<String> gone = new HashSet<>();
          database.update(
              old -> {
                gone.clear();
                String id =
                    ImageQueries.findId(old, reference)
                        .orElseThrow(() -> Failures.missing(reference));
                Map<String, String> references = new HashMap<>(old.references());
                Map<String, String> digests = new HashMap<>(old.digests());
                Optional<String> named = ImageQueries.nameOf(old, reference);
                if (named.isPresent()) {
                  references.remove(named.get());
                } else {
                  references.values().removeIf(id::equals);
                }
                Map<String, StoredImage> images = new HashMap<>(old.images());
                if (!references.containsValue(id)) {
                  digests.values().removeIf(id::equals);
                  if (!use.get().imageIds().contains(id)) {
                    images.remove(id);
                    gone.add(id);
                  }
                }
                return new ImageDatabase.State(images, references, digests);
              });
          collect();
          return List.copyOf(gone);
        });
  }

  @Override
  public Pruned prune(PruneFilter filter) {
    return Failures.guarded(
        "prune images",
        () -> {
          database.update(
              old -> {
                Set<String> used = use.get().imageIds();
                Map<String, StoredImage> images = new HashMap<>(old.images());
                Map<String, String> digests = new HashMap<>(old.digests());
                images
                    .keySet()
                    .removeIf(id -> !used.contains(id) && !ImageQueries.isNamed(old, id));
                digests.values().removeIf(id -> !images.containsKey(id));
                return new ImageDatabase.State(images, old.references(), digests);
              });
          return new Pruned(List.of(), collect());
        });
  }

  /** Removes blobs and layers that no image has; the bytes freed. */
  public long collect() throws IOException {
    return leases.collecting(
        leased -> {
          Set<String> blobs = new HashSet<>(leased);
          Set<String> chains = new HashSet<>(leased);
          chains.addAll(use.get().chainIds());
          keepers.forEach(keeper -> chains.addAll(keeper.get()));
          for (StoredImage image : database.state().images().values()) {
            blobs.addAll(image.blobs());
            chains.addAll(Snapshots.chainIds(image.diffIds()));
          }
          try {
            return content.collect(blobs) + snapshots.layers().collect(chains);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  @Override
  public ImageDetails inspect(String reference) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<HistoryEntry> history(String reference) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<String> children(String id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ImageUsage usage() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void onChange(Consumer<ImageEvent> listener) {
    listeners.add(requireNonNull(listener));
  }

  private void tell(ImageEvent.Action action, String id, String name) {
    ImageEvent event = new ImageEvent(action, id, name, Instant.now());
    for (Consumer<ImageEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        log.error("A listener of image {} failed", id, e);
      }
    }
  }

  @Override
  public Pushed push(String reference, PullOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> tagsOf(String repository) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> remoteTags(String repository, List<PullOptions.Credentials> credentials) {
    throw new UnsupportedOperationException();
  }

  @Override
  public RemoteImage remote(String reference, List<PullOptions.Credentials> credentials) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void authenticate(String registry, PullOptions.Credentials credentials) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Loaded> load(java.io.InputStream archive, Progress progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void save(List<String> references, java.io.OutputStream out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Image importRoot(java.io.InputStream tar, ImportSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public LayerSession layers() {
    return new LocalLayerSession(
        records,
        snapshots,
        leases,
        mounts,
        image -> tell(ImageEvent.Action.CREATE, image.id(), ""));
  }

  @Override
  public Image commit(CommitSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<FileChange> changes(String containerId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void exportRoot(Path root, java.io.OutputStream out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Removal> delete(String reference, boolean force, boolean prune) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void keep(Supplier<Set<String>> chainIds) {
    keepers.add(requireNonNull(chainIds));
  }

  @Override
  public List<Finding> check(boolean repair, Progress progress) {
    throw new UnsupportedOperationException();
  }
}
