package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.registry.ImagePuller;
import dev.mokha.engine.registry.ImagePusher;
import dev.mokha.engine.registry.Registries;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.snapshots.TreeArchive;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The images, over the content store, the snapshots and the image list. */
public final class LocalImages implements Images {
  private final ContentStore content;
  private final Snapshots snapshots;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final ImageRemovals removals;
  private final ContainerImages containers;
  private final ImageViews views;
  private final ImageArchives archives;
  private final LayerArchives layerArchives;
  private final Registries registries;
  private final ImagePuller puller;
  private final ImageTransfers transfers;
  private final ImagePolicy policy;
  private final ImageListeners listeners = new ImageListeners();
  private final Path mounts;
  private final Path scratch;
  private final Supplier<ImageUse> use;
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
    this.layerArchives = new LayerArchives(content, snapshots.layers(), database);
    this.records = new ImageRecords(content, snapshots.layers(), database, layerArchives);
    this.removals = new ImageRemovals(database, use);
    this.containers = new ContainerImages(content, snapshots, records, use);
    this.views = new ImageViews(content, snapshots.layers(), leases, database, records, use);
    this.archives =
        new ImageArchives(content, snapshots.layers(), leases, database, records, listeners::tell);
    this.policy = config.imagePolicy();
    this.mounts = config.runDir().resolve("work");
    this.registries = new Registries(config);
    this.puller = new ImagePuller(registries, content);
    this.transfers =
        new ImageTransfers(
            content,
            leases,
            database,
            records,
            layerArchives,
            puller,
            new ImagePusher(registries, content),
            listeners);
  }

  @Override
  public Optional<Image> find(String reference) {
    ImageDatabase.State state = database.state();
    return ImageQueries.findId(state, reference).map(id -> ImageQueries.image(state, id));
  }

  @Override
  public Optional<String> refusal(String id) {
    Map<String, String> origins = database.state().origins().get(id);
    return origins == null ? Optional.empty() : policy.refusal(origins);
  }

  @Override
  public List<Image> list() {
    ImageDatabase.State state = database.state();
    return state.images().keySet().stream().map(id -> ImageQueries.image(state, id)).toList();
  }

  @Override
  public Pulled fetch(String reference, PullOptions options) {
    Reference name = Reference.parse(reference);
    return bringing("pull " + name, () -> transfers.pull(name, options));
  }

  @Override
  public Image compose(ComposeSpec spec, Progress progress) {
    Reference name = Reference.parse(spec.reference());
    return bringing(
        "compose " + name,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Descriptor manifest =
                new ImageComposer(content, scratch).compose(spec, lease, progress);
            return records.register(
                manifest,
                List.of(manifest.digest()),
                List.of(name.tagged()),
                new Origin.Made(),
                lease,
                progress);
          }
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
                    return old.with(old.images(), references, old.digests());
                  });
          listeners.tell(ImageEvent.Action.TAG, id[0], name.tagged());
          return ImageQueries.image(state, id[0]);
        });
  }

  @Override
  public List<String> remove(String reference) {
    return Failures.guarded(
        "remove " + reference,
        () -> {
          List<Removal> gone = removals.release(reference);
          listeners.tell(gone);
          collect();
          return gone.stream()
              .filter(removal -> removal instanceof Removal.Deleted deleted && deleted.isImage())
              .map(removal -> ((Removal.Deleted) removal).id())
              .toList();
        });
  }

  @Override
  public Pruned prune(PruneFilter filter) {
    return Failures.guarded(
        "prune images",
        () -> {
          List<Removal> gone = removals.prune(filter);
          listeners.tell(gone);
          return new Pruned(gone, collect());
        });
  }

  /** Does what brings an image; when it does not fit, what came of it goes at once. */
  private <T> T bringing(String what, Failures.Action<T> action) {
    try {
      return Failures.guarded(what, action);
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.NO_SPACE) {
        Failures.guarded("collect", this::collect);
      }
      throw e;
    }
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
    return views.inspect(reference);
  }

  @Override
  public List<HistoryEntry> history(String reference) {
    return views.history(reference);
  }

  @Override
  public List<LayerFiles> files(String reference) {
    return views.files(reference);
  }

  @Override
  public ImageUsage usage() {
    return views.usage();
  }

  @Override
  public List<Image> importArchive(Path archive, String reference, Progress progress) {
    return bringing(
        "import " + archive, () -> archives.importArchive(archive, reference, progress));
  }

  @Override
  public List<Loaded> load(InputStream archive, Progress progress) {
    return bringing("load images", () -> archives.load(archive, progress));
  }

  @Override
  public void export(String reference, Path archive) {
    archives.export(reference, archive);
  }

  @Override
  public void save(List<String> references, OutputStream out) {
    archives.save(references, out);
  }

  @Override
  public Set<String> children(String id) {
    return ImageQueries.children(database.state(), id);
  }

  @Override
  public void onChange(Consumer<ImageEvent> listener) {
    listeners.add(listener);
  }

  @Override
  public Pushed push(String reference, PullOptions options) {
    Reference name = Reference.parse(reference);
    return Failures.guarded("push " + name, () -> transfers.push(name, options));
  }

  @Override
  public List<String> tagsOf(String repository) {
    return ImageQueries.tagsOf(database.state(), repository);
  }

  @Override
  public List<String> remoteTags(String repository, List<PullOptions.Credentials> credentials) {
    return registries.tags(Reference.parse(repository), credentials);
  }

  @Override
  public RemoteImage remote(String reference, List<PullOptions.Credentials> credentials) {
    return registries.resolve(Reference.parse(reference), credentials);
  }

  @Override
  public void authenticate(String registry, PullOptions.Credentials credentials) {
    registries.authenticate(registry, credentials);
  }

  @Override
  public Image importRoot(InputStream tar, ImportSpec spec) {
    return bringing(
        "import a root file system",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = containers.importRoot(tar, spec, lease);
            listeners.tell(ImageEvent.Action.IMPORT, image.id(), spec.reference());
            return image;
          }
        });
  }

  @Override
  public LayerSession layers() {
    return new LocalLayerSession(
        records,
        snapshots,
        leases,
        mounts,
        image -> listeners.tell(ImageEvent.Action.CREATE, image.id(), ""));
  }

  @Override
  public Image commit(CommitSpec spec) {
    return bringing(
        "commit container " + spec.containerId(),
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = containers.commit(spec, lease);
            listeners.tell(ImageEvent.Action.CREATE, image.id(), spec.reference());
            return image;
          }
        });
  }

  @Override
  public List<FileChange> changes(String containerId) {
    return Failures.guarded(
        "compare container " + containerId, () -> containers.changes(containerId));
  }

  @Override
  public void exportRoot(Path root, UserMapping users, OutputStream out) {
    Failures.guarded(
        "export " + root,
        () -> {
          BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16);
          TreeArchive archive =
              new TreeArchive(buffered, TreeArchive.Form.PLAIN)
                  .mapped(users::insideUid, users::insideGid);
          archive.addContents(root, "");
          archive.finish();
          return null;
        });
  }

  @Override
  public List<Removal> delete(String reference, boolean force, boolean prune) {
    return Failures.guarded(
        "remove " + reference,
        () -> {
          List<Removal> gone = removals.delete(reference, force, prune);
          listeners.tell(gone);
          collect();
          return gone;
        });
  }

  @Override
  public void keep(Supplier<Set<String>> chainIds) {
    keepers.add(requireNonNull(chainIds));
  }

  @Override
  public void settle() {
    Failures.guarded(
        "sync layers",
        () -> {
          snapshots.layers().sync();
          return null;
        });
  }

  @Override
  public List<Finding> check(boolean repair, Progress progress) {
    return Failures.guarded(
        "check images",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            return new ImageCheck(
                    content, snapshots.layers(), database, records, layerArchives, puller, use)
                .run(repair, lease, progress);
          }
        });
  }
}
