package dev.mokha.engine.build.run;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildNetwork;
import dev.mokha.engine.build.BuildOutput;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.cache.BuildCache;
import dev.mokha.engine.build.cache.CacheMounts;
import dev.mokha.engine.build.cache.StepRecord;
import dev.mokha.engine.build.context.DigestIndex;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.NewImage;
import dev.mokha.engine.images.NewLayer;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The builder of an engine. */
public final class LocalBuilder implements Builder, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalBuilder.class);

  /** The cache goes down to this by itself, in bytes of layers that only it holds. */
  private static final long CACHE_LIMIT = 20L << 30;

  /** Removes what nobody keeps any more. */
  @FunctionalInterface
  public interface Collection {
    /** Does it now. */
    void run() throws IOException;
  }

  private final Images images;
  private final Collection collection;
  private final Containers containers;
  private final BuildCache cache;
  private final CacheMounts mounts;
  private final DigestIndex digests;
  private final Path scratch;
  private final Path run;
  private final List<String> orphans = new ArrayList<>();
  private final ReentrantLock saving = new ReentrantLock();
  private boolean closed;
  private volatile BuildNetwork network = BuildNetwork.NONE;

  /**
   * A builder; removes what builds of a killed daemon left.
   *
   * @param data what must survive a reboot: scratch files, cache mounts
   * @param run what must not: secrets
   * @param cache whose layers the images keep
   * @param collection removes layers that nobody keeps any more
   */
  public LocalBuilder(
      Path data,
      Path run,
      BuildCache cache,
      Images images,
      Containers containers,
      Collection collection)
      throws IOException {
    this.collection = requireNonNull(collection);
    this.images = requireNonNull(images);
    this.containers = requireNonNull(containers);
    this.cache = requireNonNull(cache);
    this.mounts = new CacheMounts(data.resolve("mounts"));
    this.digests = new DigestIndex(data.resolve("digests"));
    this.scratch = data.resolve("scratch");
    this.run = run;
    for (Container left : containers.list(CommandStep.OWNER)) {
      orphans.add(left.id());
      left.remove();
    }
    DurableFiles.delete(scratch);
    Files.createDirectories(scratch);
    DurableFiles.delete(run);
    Files.createDirectories(run);
  }

  @Override
  public void connectWith(BuildNetwork connector) {
    network = requireNonNull(connector);
    synchronized (orphans) {
      orphans.forEach(connector::disconnect);
      orphans.clear();
    }
  }

  @Override
  public String build(BuildRequest request, BuildOutput output) {
    List<String> names = request.names().stream().map(LocalBuilder::checkedName).toList();
    try (LayerSession session = images.layers()) {
      ContextReader.Context context = new ContextReader(scratch, digests).read(request);
      Build build;
      try {
        build =
            new Build(
                new Build.Place(
                    images, containers, cache, mounts, digests, scratch, run, () -> network),
                request,
                output,
                session,
                context);
      } catch (RuntimeException e) {
        context.tree().close();
        throw e;
      }
      try (build) {
        StageState state = new StageGraph(build).run();
        return finish(build, state, names);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "The build was interrupted", e);
    } catch (IOException | java.io.UncheckedIOException e) {
      throw StageGraph.rethrown(e instanceof IOException ? e : e.getCause());
    } finally {
      Thread.ofVirtual().name("build-cache").start(this::save);
    }
  }

  private static String checkedName(String name) {
    Reference reference = Reference.parse(name);
    if (reference.digest().isPresent()) {
      throw new EngineException(
          EngineException.Code.INVALID, "refusing to create a tag with a digest reference");
    }
    return name;
  }

  /** What only costs time when it is lost; nobody waits for it. */
  private void save() {
    saving.lock();
    try {
      if (closed) {
        return;
      }
      images.settle(); // a record must not outlive its layer
      cache.flush();
      digests.save();
      shrink();
    } catch (IOException | RuntimeException e) {
      log.warn("The build cache's books were not kept well: {}", e.getMessage());
    } finally {
      saving.unlock();
    }
  }

  /** Waits for what is being written; builds that are under way must have ended. */
  @Override
  public void close() {
    save();
    saving.lock();
    try {
      closed = true;
    } finally {
      saving.unlock();
    }
  }

  private void shrink() {
    long total = 0;
    for (StepRecord record : cache.list()) {
      total += record.bytes();
    }
    if (total > CACHE_LIMIT) {
      Pruned pruned = prune(null, false, CACHE_LIMIT);
      log.info("The build cache gave {} bytes back", pruned.bytes());
    }
  }

  private String finish(Build build, StageState state, List<String> names) {
    if (state.imageId().isEmpty() && state.configuration().history().isEmpty()) {
      throw new BuildException("No image was generated. Is your Dockerfile empty?");
    }
    Set<String> unused = build.arguments().unused();
    if (!unused.isEmpty()) {
      build.emit(
          new BuildEvent.Warning(
              "[Warning] One or more build-args ["
                  + String.join(" ", unused)
                  + "] were not consumed"));
    }
    Configuration configuration = state.configuration();
    List<String> layers = state.diffIds();
    boolean squash = build.request().squash() && layers.size() > state.base();
    if (squash) {
      NewLayer one = build.session().squash(layers, state.base());
      layers = new ArrayList<>(layers.subList(0, state.base()));
      configuration = squashed(build, state, one.empty());
      if (!one.empty()) {
        layers.add(one.diffId());
      }
    }
    String json = configuration.json(layers);
    Optional<Image> here = images.find(Digest.of(json).toString());
    Image image;
    if (here.isPresent()) {
      image = build.session().hold(here.get().id()); // nothing changed, or nothing but a FROM
      for (String name : names) {
        if (!image.references().contains(Reference.parse(name).tagged())) {
          images.tag(image.id(), name);
        }
      }
    } else if (!squash && state.imageId().equals(state.baseId())) {
      image = images.find(state.baseId()).orElseThrow();
      for (String name : names) {
        images.tag(image.id(), name);
      }
    } else {
      image =
          build.session().create(new NewImage(Configuration.parse(json).root(), layers, names, ""));
    }
    if (squash) {
      build.emit(new BuildEvent.Squashed(image.id()));
    }
    build.emit(new BuildEvent.Built(image.id()));
    for (String name : names) {
      Reference reference = Reference.parse(name);
      String familiar =
          name.lastIndexOf(':') > name.lastIndexOf('/') ? name : name + ":" + reference.tag();
      build.emit(new BuildEvent.Tagged(familiar));
    }
    return image.id();
  }

  /** The configuration of a squashed image: its history has no layers but the last. */
  private static Configuration squashed(Build build, StageState state, boolean empty) {
    Configuration configuration = state.configuration().copy();
    int layers = 0;
    for (tools.jackson.databind.JsonNode entry : configuration.history()) {
      if (!entry.path("empty_layer").asBoolean(false) && ++layers > state.base()) {
        ((tools.jackson.databind.node.ObjectNode) entry).put("empty_layer", true);
      }
    }
    configuration.addHistory(build.now(), "", empty);
    ((tools.jackson.databind.node.ObjectNode) configuration.history().getLast())
        .put("comment", "merge " + state.imageId() + " to " + state.baseId());
    return configuration;
  }

  // --- the cache ---

  @Override
  public List<CacheEntry> cache() {
    Set<String> shared = imageChains();
    List<CacheEntry> entries = new ArrayList<>();
    for (StepRecord record : cache.list()) {
      entries.add(
          new CacheEntry(
              record.key(),
              record.parent().isEmpty() ? List.of() : List.of(record.parent()),
              "regular",
              record.text(),
              record.bytes(),
              record.created(),
              record.lastUsed(),
              record.uses(),
              cache.isInUse(record.key()),
              isShared(record, shared)));
    }
    for (CacheMounts.Listed mount : mounts.list()) {
      entries.add(
          new CacheEntry(
              mount.name(),
              List.of(),
              "exec.cachemount",
              "cached mount " + mount.about().id(),
              mount.bytes(),
              mount.about().created(),
              mount.about().lastUsed(),
              mount.about().uses(),
              mount.inUse(),
              false));
    }
    return entries;
  }

  private Set<String> imageChains() {
    Set<String> chains = new HashSet<>();
    for (Image image : images.list()) {
      chains.addAll(Snapshots.chainIds(image.layers()));
    }
    return chains;
  }

  private static boolean isShared(StepRecord record, Set<String> chains) {
    return record.diffIds().isEmpty()
        || chains.contains(Snapshots.chainIds(record.diffIds()).getLast());
  }

  @Override
  public Pruned prune(Instant unusedSince, boolean all, long keepBytes) {
    List<CacheEntry> entries = cache();
    long left = entries.stream().mapToLong(CacheEntry::bytes).sum();
    List<String> gone = new ArrayList<>();
    long freed = 0;
    for (CacheEntry entry : entries) {
      boolean old = unusedSince == null || entry.lastUsed().isBefore(unusedSince);
      if (!old || entry.inUse() || entry.shared() && !all) {
        continue;
      }
      if (keepBytes > 0 && left <= keepBytes) {
        break;
      }
      if (remove(entry)) {
        gone.add(entry.id());
        left -= entry.bytes();
        freed += entry.shared() ? 0 : entry.bytes();
      }
    }
    try {
      collection.run();
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The layers of the build cache were not removed: " + e.getMessage(),
          e);
    }
    return new Pruned(gone, freed);
  }

  private boolean remove(CacheEntry entry) {
    if (entry.type().equals("regular")) {
      return cache.remove(entry.id());
    }
    try {
      return mounts.remove(entry.id());
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "A cache mount of builds can't be removed: " + e.getMessage(),
          e);
    }
  }
}
