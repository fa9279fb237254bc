package dev.mokha.engine.build.run;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
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
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
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
  private boolean mounted;
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
    Mounts.unmountTree(run);
    DurableFiles.delete(run);
    Files.createDirectories(run);
    if (!Files.getFileStore(run).type().equals("tmpfs")) {
      // Secrets never come to a disk.
      Mounts.tmpfs(run, EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV), "mode=0700");
      mounted = true;
    }
    Nodes.mode(run, 0700);
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
    try (Result result = solve(request, output)) {
      return result.register(names).id();
    }
  }

  @Override
  public Result solve(BuildRequest request, BuildOutput output) {
    LayerSession session = images.layers();
    ContextReader reader = new ContextReader(scratch, digests);
    NamedContexts named = new NamedContexts(request, reader);
    Build build = null;
    boolean done = false;
    try {
      ContextReader.Context context = reader.read(request);
      try {
        build =
            new Build(
                new Build.Place(
                    images, containers, cache, mounts, digests, scratch, run, () -> network),
                request,
                output,
                session,
                context,
                named);
      } finally {
        if (build == null) {
          context.tree().close();
        }
      }
      new Checking(images, request).requireNone(build.dockerfile(), build.context());
      Outcome outcome = new Outcome(images, build, new StageGraph(build).run(), this::saveLater);
      done = true;
      return outcome;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "The build was interrupted", e);
    } catch (IOException | UncheckedIOException e) {
      throw StageGraph.rethrown(e instanceof IOException ? e : e.getCause());
    } finally {
      if (!done) {
        try {
          Outcome.end(build, session);
        } finally {
          if (build == null) {
            named.close();
          }
          saveLater();
        }
      }
    }
  }

  private void saveLater() {
    Thread.ofVirtual().name("build-cache").start(this::save);
  }

  @Override
  public Checked check(BuildRequest request) {
    try {
      ContextReader.Context context = new ContextReader(scratch, digests).read(request);
      try {
        return new Checking(images, request).check(context);
      } finally {
        context.tree().close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "The check was interrupted", e);
    } catch (IOException | java.io.UncheckedIOException e) {
      throw StageGraph.rethrown(e instanceof IOException ? e : e.getCause());
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
      List<String> unsettled = cache.unsettled(); // before the sync: later ones wait for the next
      images.settle();
      cache.settled(unsettled);
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
      if (mounted) {
        Mounts.unmount(run);
        mounted = false;
      }
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
