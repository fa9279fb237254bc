package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusException.Details;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.StoreUnavailableException;
import dev.mokha.store.Subscription;
import dev.mokha.store.WatchEvent;
import dev.mokha.store.WatchListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every object of every resource in memory, fed by one watch of the whole store.
 *
 * <p>The watch's thread applies revision after revision: it puts the objects into their {@link
 * ResourceCache}s, then publishes the revision, then wakes watchers and the writers that wait to
 * read their own writes. So whoever sees a revision here sees all that happened up to it.
 */
public final class ObjectCache implements ObjectReader, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectCache.class);

  private static final Duration REFRESH = Duration.ofSeconds(15);

  /** How often the cache begins anew when it can't follow the store, before it gives up. */
  private static final int RELOADS = 10;

  private final Store store;
  private final StoredValues values;
  private final Map<String, ResourceCache> byPrefix = new ConcurrentHashMap<>();
  private final Map<String, Prepared> underWay = new ConcurrentHashMap<>();
  private final RevisionGate gate = new RevisionGate();
  private volatile Consumer<String> onFailure = why -> {};
  private volatile boolean closing;
  private volatile long historyBegins;
  private Subscription subscription;

  /** A cache of these resources; {@link #start} fills it. */
  public ObjectCache(Store store, Collection<StorageResource> resources) {
    this(store, resources, Encryption.NONE);
  }

  /** The same, of a store in which some values are encrypted. */
  public ObjectCache(Store store, Collection<StorageResource> resources, Encryption encryption) {
    this.store = requireNonNull(store, "store");
    this.values = new StoredValues(encryption);
    for (StorageResource r : resources) {
      byPrefix.put(r.prefix(), new ResourceCache(r));
    }
  }

  /** All resources that are kept. */
  List<StorageResource> resources() {
    return byPrefix.values().stream().map(ResourceCache::resource).toList();
  }

  /** The caches of all resources, in the order of their keys. */
  public List<ResourceCache> all() {
    return byPrefix.values().stream()
        .sorted(Comparator.comparing(c -> c.resource().prefix()))
        .toList();
  }

  /** How values are written and read. */
  StoredValues values() {
    return values;
  }

  /** Reads everything and follows the store from there. */
  public void start() {
    load();
  }

  /**
   * Begins, or begins again: no watcher can then go on from where it was, since nobody knows what
   * happened between.
   */
  private void load() {
    Snapshot snapshot = store.list(StorageResource.ROOT);
    if (snapshot.revision() < gate.revision()) {
      throw new StoreException(
          "the store went back from revision %d to %d"
              .formatted(gate.revision(), snapshot.revision()),
          null);
    }
    Map<ResourceCache, SortedChunks<StoredObject>> loaded = new HashMap<>();
    int unknown = 0;
    for (Entry e : snapshot.entries()) {
      ResourceCache cache = cacheOf(e.key());
      if (cache == null) {
        unknown++;
        continue;
      }
      String key = e.key().substring(cache.resource().prefix().length());
      StoredObject object = Prepared.read(values, e.key(), e.value()).at(key, e.modRevision());
      SortedChunks<StoredObject> map = loaded.get(cache);
      loaded.put(cache, (map == null ? SortedChunks.<StoredObject>empty() : map).with(key, object));
    }
    if (unknown > 0) {
      log.info("{} stored objects are of resources that are not served", unknown);
    }
    for (ResourceCache cache : byPrefix.values()) {
      cache.start(loaded.getOrDefault(cache, SortedChunks.empty()), snapshot.revision());
    }
    gate.open(snapshot.revision());
    follow(snapshot.revision());
    byPrefix.values().forEach(ResourceCache::wake);
  }

  private void follow(long after) {
    synchronized (this) {
      if (!closing) {
        subscription = store.watch(StorageResource.ROOT, after, new Applier());
      }
    }
  }

  /**
   * True when other servers write to the store, so that only {@link #refresh} makes sure that what
   * they have acknowledged is visible here.
   */
  @Override
  public boolean isShared() {
    return store.isShared();
  }

  /**
   * Makes everything visible that was acknowledged, by any server, before the call. Costs nothing
   * with a store of this process alone, else a question to the store, which all who ask at once
   * share.
   *
   * @throws StatusException {@code Timeout} when the store can't be asked
   */
  public void refresh() {
    if (!store.isShared()) {
      return;
    }
    long revision;
    try {
      revision = store.revision();
    } catch (StoreUnavailableException e) {
      throw unavailable(e);
    }
    if (!gate.await(revision, REFRESH)) {
      throw new StatusException(
          StatusReason.TIMEOUT,
          "the store did not tell of its revision %d in time".formatted(revision),
          Details.NONE);
    }
  }

  /** What a client is told while the store can't be reached. */
  static StatusException unavailable(StoreUnavailableException e) {
    return new StatusException(StatusReason.TIMEOUT, e.getMessage(), Details.NONE);
  }

  /**
   * Adds a resource while changes go on, and returns when its objects are there. One that is there
   * stays.
   */
  public void add(StorageResource resource) {
    ResourceCache cache = new ResourceCache(resource);
    cache.awaitLoad();
    if (byPrefix.putIfAbsent(resource.prefix(), cache) != null) {
      return;
    }
    // Changes wait in the cache from here on, so whatever this read does not see is among them.
    Snapshot snapshot = store.list(resource.prefix());
    SortedChunks<StoredObject> objects = SortedChunks.empty();
    for (Entry e : snapshot.entries()) {
      String key = e.key().substring(resource.prefix().length());
      objects =
          objects.with(key, Prepared.read(values, e.key(), e.value()).at(key, e.modRevision()));
    }
    cache.load(objects, snapshot.revision());
    cache.wake();
    gate.await(snapshot.revision());
  }

  /** Drops a resource; its objects stay in the store, its watches end. */
  public void drop(StorageResource resource) {
    ResourceCache cache = byPrefix.remove(resource.prefix());
    if (cache != null) {
      cache.endWatches();
    }
  }

  /** Ends the watches of a resource, whose clients will begin anew: it looks different now. */
  public void endWatches(StorageResource resource) {
    ResourceCache cache = byPrefix.get(resource.prefix());
    if (cache != null) {
      cache.endWatches();
    }
  }

  /** Everything up to this revision is visible here. */
  public long revision() {
    return gate.revision();
  }

  /** Empty while the cache follows the store, else why it does not, for now or for ever. */
  public Optional<String> failure() {
    return gate.failure().or(store::trouble);
  }

  /** Waits until everything up to the revision is visible. */
  void await(long revision) {
    gate.await(revision);
  }

  /**
   * Waits a little for a revision that a client has seen elsewhere.
   *
   * @throws StatusException {@code Timeout} when it does not come, with the cause clients know
   */
  public void awaitSeen(long revision) {
    if (!gate.await(revision, Duration.ofSeconds(3))) {
      throw new StatusException(
          StatusReason.TIMEOUT,
          "Timeout: Too large resource version: %d, current: %d".formatted(revision, revision()),
          new Details(
              "",
              "",
              "",
              "",
              List.of(
                  new dev.mokha.api.error.StatusCause(
                      "ResourceVersionTooLarge", "Too large resource version", "")),
              1));
    }
  }

  /**
   * The cache of one resource.
   *
   * @throws StatusException {@code NotFound} when its definition was removed a moment ago
   */
  public ResourceCache of(StorageResource resource) {
    ResourceCache cache = byPrefix.get(resource.prefix());
    if (cache == null) {
      throw new StatusException(
          StatusReason.NOT_FOUND,
          "the server could not find the requested resource",
          StatusException.Details.NONE);
    }
    return cache;
  }

  /** One object, or null. */
  public StoredObject find(StorageResource resource, String key) {
    return of(resource).state().objects().get(key);
  }

  /** Lists of earlier revisions are refused: their history is forgotten. */
  public long historyBegins() {
    return historyBegins;
  }

  void forgetHistory(long before) {
    historyBegins = before;
  }

  /** All objects of a resource, in the order of namespace and name. */
  public List<StoredObject> stored(StorageResource resource) {
    List<StoredObject> all = new ArrayList<>();
    of(resource)
        .state()
        .objects()
        .scan(
            "",
            null,
            (k, v) -> {
              all.add(v);
              return true;
            });
    return all;
  }

  Store store() {
    return store;
  }

  void announce(String key, Prepared prepared) {
    underWay.put(key, prepared);
  }

  void forget(String key, Prepared prepared) {
    underWay.remove(key, prepared);
  }

  private ResourceCache cacheOf(String key) {
    int group = key.indexOf('/', StorageResource.ROOT.length());
    int resource = group < 0 ? -1 : key.indexOf('/', group + 1);
    return resource < 0 ? null : byPrefix.get(key.substring(0, resource + 1));
  }

  private ResourceCache cacheOf(String group, String resource) {
    return byPrefix.get(
        StorageResource.ROOT + (group.isEmpty() ? "core" : group) + "/" + resource + "/");
  }

  /** Where the objects of a served resource are kept. */
  StorageResource resource(String group, String resource) {
    ResourceCache cache = cacheOf(group, resource);
    if (cache == null) {
      throw new IllegalArgumentException("not served: " + resource + "." + group);
    }
    return cache.resource();
  }

  @Override
  public Optional<KubeObject> find(String group, String resource, String namespace, String name) {
    ResourceCache cache = cacheOf(group, resource);
    if (cache == null) {
      return Optional.empty();
    }
    StoredObject found = cache.state().objects().get(cache.resource().key(namespace, name));
    return found == null ? Optional.empty() : Optional.of(found.object());
  }

  @Override
  public List<KubeObject> list(String group, String resource, String namespace) {
    ResourceCache cache = cacheOf(group, resource);
    if (cache == null) {
      return List.of();
    }
    List<KubeObject> all = new ArrayList<>();
    boolean one = cache.resource().namespaced() && !namespace.isEmpty();
    cache
        .state()
        .objects()
        .scan(
            one ? namespace + "/" : "",
            one ? namespace + "0" : null,
            (k, v) -> {
              all.add(v.object());
              return true;
            });
    return all;
  }

  @Override
  public long lastChange(String group, String resource) {
    ResourceCache cache = cacheOf(group, resource);
    return cache == null ? 0 : cache.state().lastChange();
  }

  @Override
  public LongSupplier changes(String group, String resource) {
    ResourceCache cache = cacheOf(group, resource);
    return cache == null ? () -> 0 : () -> cache.state().lastChange();
  }

  /** Hears why the cache can follow the store no more; nothing but a new start helps then. */
  public void onFailure(Consumer<String> listener) {
    onFailure = listener;
  }

  @Override
  public void close() {
    Subscription last;
    synchronized (this) {
      closing = true;
      last = subscription;
    }
    if (last != null) {
      last.close();
    }
    gate.fail("the server is shutting down");
  }

  /** Turns an event of the store into the object it made; null when it removed one. */
  StoredObject objectOf(ResourceCache cache, String key, WatchEvent event) {
    if (event.isDelete()) {
      return null;
    }
    Prepared prepared = underWay.get(event.key());
    if (prepared != null
        && (prepared.value() == event.value() || Arrays.equals(prepared.value(), event.value()))) {
      underWay.remove(event.key(), prepared);
    } else {
      prepared = Prepared.read(values, event.key(), event.value());
    }
    return prepared.at(key, event.revision());
  }

  private final class Applier implements WatchListener {
    @Override
    public void onRevision(long revision, List<WatchEvent> events) {
      Set<ResourceCache> touched = events.size() == 1 ? Set.of() : new LinkedHashSet<>();
      ResourceCache only = null;
      for (WatchEvent event : events) {
        ResourceCache cache = cacheOf(event.key());
        if (cache == null) {
          continue;
        }
        String key = event.key().substring(cache.resource().prefix().length());
        cache.apply(key, objectOf(cache, key, event), revision);
        if (events.size() == 1) {
          only = cache;
        } else {
          touched.add(cache);
        }
      }
      gate.open(revision);
      if (only != null) {
        only.wake();
      }
      for (ResourceCache cache : touched) {
        cache.wake();
      }
    }

    /** Previous values are in the cache already. */
    @Override
    public boolean wantsPrevious() {
      return false;
    }

    @Override
    public void onCompacted(long compactedRevision) {
      startAgain("the store forgot history that this server had not read yet", null);
    }

    @Override
    public void onClosed(Throwable cause) {
      if (cause == null) {
        fail("the store is closed", null);
      } else {
        startAgain("the watch of the store failed", cause);
      }
    }
  }

  /** On a thread of its own, since it waits for the store. */
  private void startAgain(String why, Throwable cause) {
    log.warn("{}; all is read again, and all watches end", why, cause);
    Thread.ofVirtual().name("object-cache-reload").start(() -> reload(why, cause));
  }

  private void reload(String why, Throwable cause) {
    Throwable last = cause;
    for (int attempt = 1; attempt <= RELOADS && !closing; attempt++) {
      try {
        load();
        return;
      } catch (StoreUnavailableException e) {
        // It waited for long enough already; the store may well come back.
        attempt = 0;
      } catch (RuntimeException e) {
        last = e;
        log.warn("the store could not be read again", e);
      }
      try {
        Thread.sleep(100L * attempt);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    if (!closing) {
      fail(why, last);
    }
  }

  private void fail(String why, Throwable cause) {
    if (cause != null) {
      log.error("{}", why, cause);
    }
    gate.fail(why);
    if (!closing) {
      onFailure.accept(why);
    }
  }
}
