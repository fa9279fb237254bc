package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The images, over the content store, the snapshots and the image list. */
public final class LocalImages implements Images {
  private static final Logger log = LoggerFactory.getLogger(LocalImages.class);

  private final ContentStore content;
  private final Snapshots snapshots;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final ImageRemovals removals;
  private final ContainerImages containers;
  private final Registries registries;
  private final ImagePuller puller;
  private final ImagePusher pusher;
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
    this.removals = new ImageRemovals(database, use);
    this.containers = new ContainerImages(content, snapshots, records, use);
    this.mounts = config.runDir().resolve("work");
    this.registries = new Registries(config);
    this.puller = new ImagePuller(registries, content);
    this.pusher = new ImagePusher(registries, content);
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
    return bringing(
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
                    List.of(name.digested(pulled.resolved())),
                    lease,
                    options.progress());
            tell(ImageEvent.Action.PULL, image.id(), name.toString());
            boolean newer = !before.map(Image::id).equals(Optional.of(image.id()));
            return new Pulled(image, pulled.resolved().toString(), newer);
          }
        });
  }

  @Override
  public List<Image> importArchive(Path archive, String reference, Progress progress) {
    return bringing(
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
                List.of(),
                lease,
                progress);
          }
        });
  }

  @Override
  public void export(String reference, Path archive) {
    Failures.guarded(
        "export " + reference,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = records.hold(reference, lease);
            ImageDatabase.State state = database.state();
            Path temporary = archive.resolveSibling(archive.getFileName() + ".part");
            try (OutputStream out =
                new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
              ArchiveWriter writer = new ArchiveWriter(content, snapshots.layers());
              writer.add(state.images().get(image.id()), image.references());
              writer.write(out);
            } catch (IOException | RuntimeException e) {
              Files.deleteIfExists(temporary);
              throw e;
            }
            Files.move(
                temporary,
                archive,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
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
          List<Removal> gone = removals.release(reference);
          tell(gone);
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
          tell(gone);
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
    return Failures.guarded(
        "inspect " + reference,
        () -> {
          ImageDatabase.State state = database.state();
          String id = id(state, reference);
          StoredImage stored = state.images().get(id);
          ObjectNode configuration = configuration(id);
          return new ImageDetails(
              ImageQueries.image(state, id),
              configuration,
              stored.manifest().isEmpty() ? Optional.empty() : Optional.of(manifest(stored)),
              stored.parent(),
              configuration.path("architecture").asString(""),
              configuration.path("variant").asString(""),
              configuration.path("os").asString(""),
              configuration.path("author").asString(""),
              comment(configuration),
              configuration.path("docker_version").asString(""),
              Optional.ofNullable(stored.tagged()),
              Snapshots.chainIds(stored.diffIds()));
        });
  }

  private static String id(ImageDatabase.State state, String reference) {
    return ImageQueries.findId(state, reference).orElseThrow(() -> Failures.missing(reference));
  }

  private ObjectNode configuration(String id) throws IOException {
    return ImageConfigs.tree(content.read(Digest.parse(id), ImageConfigs.MAX_BYTES));
  }

  private Descriptor manifest(StoredImage stored) throws IOException {
    Digest digest = Digest.parse(stored.manifest());
    return Descriptor.of(stored.mediaType(), digest, content.size(digest));
  }

  /** What the makers said last: old images have it at the top, newer ones in their history. */
  private static String comment(ObjectNode configuration) {
    String own = configuration.path("comment").asString("");
    JsonNode history = configuration.path("history");
    return own.isEmpty() && !history.isEmpty()
        ? history.path(history.size() - 1).path("comment").asString("")
        : own;
  }

  @Override
  public List<HistoryEntry> history(String reference) {
    return Failures.guarded(
        "read the history of " + reference,
        () -> {
          ImageDatabase.State state = database.state();
          String id = id(state, reference);
          List<Long> sizes = new ArrayList<>();
          for (String chainId : Snapshots.chainIds(state.images().get(id).diffIds())) {
            sizes.add(snapshots.layers().size(chainId).orElse(0L));
          }
          return ImageQueries.history(state, id, configuration(id), sizes);
        });
  }

  @Override
  public List<LayerFiles> files(String reference) {
    return Failures.guarded(
        "list the files of " + reference,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = records.hold(reference, lease);
            List<String> makers = ImageQueries.layerSteps(configuration(image.id()));
            List<String> chain = Snapshots.chainIds(image.layers());
            List<LayerFiles> files = new ArrayList<>();
            for (int i = 0; i < chain.size(); i++) {
              List<LayerFiles.Entry> entries = new ArrayList<>();
              snapshots
                  .layers()
                  .visit(
                      chain.subList(i, chain.size()).reversed(),
                      (path, bytes, visible) ->
                          entries.add(new LayerFiles.Entry("/" + path, bytes, visible)));
              files.add(
                  new LayerFiles(
                      image.layers().get(i), i < makers.size() ? makers.get(i) : "", entries));
            }
            return files;
          }
        });
  }

  @Override
  public Set<String> children(String id) {
    return ImageQueries.children(database.state(), id);
  }

  @Override
  public ImageUsage usage() {
    return Failures.guarded(
        "measure images",
        () -> {
          ImageDatabase.State state = database.state();
          Map<String, Integer> owners = new HashMap<>();
          for (StoredImage image : state.images().values()) {
            Snapshots.chainIds(image.diffIds()).forEach(id -> owners.merge(id, 1, Integer::sum));
          }
          List<ImageUse.User> users = use.get().users();
          List<ImageUsage.Part> parts = new ArrayList<>();
          for (StoredImage image : state.images().values()) {
            long shared = 0;
            for (String chainId : Snapshots.chainIds(image.diffIds())) {
              if (owners.get(chainId) > 1) {
                shared += snapshots.layers().size(chainId).orElse(0L);
              }
            }
            int containers =
                (int) users.stream().filter(user -> user.imageId().equals(image.id())).count();
            parts.add(
                new ImageUsage.Part(ImageQueries.image(state, image.id()), shared, containers));
          }
          return new ImageUsage(snapshots.layers().usage(), content.usage(), parts);
        });
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
    Reference name = Reference.parse(reference);
    return Failures.guarded(
        "push " + name,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = records.hold(name.toString(), lease);
            StoredImage stored = records.archive(image.id(), lease, options.progress());
            stored.blobs().forEach(lease::add);
            Pushed pushed =
                pusher.push(
                    name,
                    new ImagePusher.Request(
                        manifest(stored),
                        stored.diffIds().stream()
                            .map(diffId -> Digest.parse(diffId).brief())
                            .toList(),
                        repositoriesWith(stored, name)),
                    options);
            records.digested(image.id(), name.name() + "@" + pushed.digest());
            tell(ImageEvent.Action.PUSH, image.id(), name.tagged());
            return pushed;
          }
        });
  }

  /** Where at a registry some of an image's layers are, as far as is known here. */
  private Set<String> repositoriesWith(StoredImage image, Reference pushed) {
    ImageDatabase.State state = database.state();
    Set<String> blobs = new HashSet<>(image.blobs());
    Set<String> repositories = new HashSet<>();
    state
        .digests()
        .forEach(
            (digested, id) -> {
              Reference name = Reference.parse(digested);
              StoredImage other = state.images().get(id);
              if (name.registry().equals(pushed.registry())
                  && !name.repository().equals(pushed.repository())
                  && other != null
                  && other.layers().stream().anyMatch(layer -> blobs.contains(layer.blob()))) {
                repositories.add(name.repository());
              }
            });
    return repositories;
  }

  @Override
  public List<String> tagsOf(String repository) {
    String name = Reference.parse(repository).name();
    return database.state().references().keySet().stream()
        .filter(reference -> Reference.parse(reference).name().equals(name))
        .toList();
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
  public List<Loaded> load(InputStream archive, Progress progress) {
    return bringing(
        "load images",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            List<Loaded> loaded = new ArrayList<>();
            for (ArchiveReader.Found one :
                new ArchiveReader(content, lease, progress).read(archive)) {
              Map<String, String> before = database.state().references();
              Image image =
                  records.register(
                      one.manifest(),
                      one.documents(),
                      one.references(),
                      List.of(),
                      lease,
                      progress);
              Map<String, String> renamed = new LinkedHashMap<>();
              for (String name : one.references()) {
                String old = before.getOrDefault(name, image.id());
                if (!old.equals(image.id())) {
                  renamed.put(name, old);
                }
              }
              loaded.add(new Loaded(image, one.references(), renamed));
              tell(ImageEvent.Action.LOAD, image.id(), first(one.references()));
            }
            return loaded;
          }
        });
  }

  private static String first(List<String> names) {
    return names.isEmpty() ? "" : names.getFirst();
  }

  @Override
  public void save(List<String> references, OutputStream out) {
    Failures.guarded(
        "save images",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Map<String, List<String>> chosen = new LinkedHashMap<>();
            for (String reference : references) {
              Image image = records.hold(saved(reference), lease);
              List<String> names = chosen.computeIfAbsent(image.id(), id -> new ArrayList<>());
              ImageDatabase.State state = database.state();
              if (isRepository(reference)) {
                tagsOf(reference)
                    .forEach(
                        name -> {
                          Image tagged = records.hold(name, lease);
                          chosen.computeIfAbsent(tagged.id(), id -> new ArrayList<>()).add(name);
                        });
              } else {
                ImageQueries.nameOf(state, reference).ifPresent(names::add);
              }
            }
            ArchiveWriter writer = new ArchiveWriter(content, snapshots.layers());
            for (Map.Entry<String, List<String>> one : chosen.entrySet()) {
              StoredImage stored = database.state().images().get(one.getKey());
              if (stored == null) {
                throw Failures.missing(one.getKey());
              }
              writer.add(stored, one.getValue().stream().distinct().toList());
            }
            writer.write(out);
            chosen.forEach((id, names) -> tell(ImageEvent.Action.SAVE, id, first(names)));
          }
          return null;
        });
  }

  /** Whether a user means all tags of a repository: a name without tag, and no image's id. */
  private boolean isRepository(String reference) {
    int slash = reference.lastIndexOf('/');
    if (reference.indexOf('@') >= 0 || reference.indexOf(':', slash + 1) >= 0) {
      return false;
    }
    try {
      return !tagsOf(reference).isEmpty();
    } catch (EngineException anId) {
      return false;
    }
  }

  private String saved(String reference) {
    return isRepository(reference) ? tagsOf(reference).getFirst() : reference;
  }

  @Override
  public Image importRoot(InputStream tar, ImportSpec spec) {
    return bringing(
        "import a root file system",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = containers.importRoot(tar, spec, lease);
            tell(ImageEvent.Action.IMPORT, image.id(), spec.reference());
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
        image -> tell(ImageEvent.Action.CREATE, image.id(), ""));
  }

  @Override
  public Image commit(CommitSpec spec) {
    return bringing(
        "commit container " + spec.containerId(),
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = containers.commit(spec, lease);
            tell(ImageEvent.Action.CREATE, image.id(), spec.reference());
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
  public void exportRoot(Path root, ContainerSpec.UserMapping users, OutputStream out) {
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
          tell(gone);
          collect();
          return gone;
        });
  }

  private void tell(List<Removal> gone) {
    for (Removal removal : gone) {
      switch (removal) {
        case Removal.Untagged untagged ->
            tell(ImageEvent.Action.UNTAG, untagged.imageId(), untagged.reference());
        case Removal.Deleted deleted when deleted.isImage() ->
            tell(ImageEvent.Action.DELETE, deleted.id(), "");
        case Removal.Deleted layer -> {}
      }
    }
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
            return new ImageCheck(content, snapshots.layers(), database, records, puller, use)
                .run(repair, lease, progress);
          }
        });
  }
}
