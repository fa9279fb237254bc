package dev.mokha.controllers.served;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.client.informer.Reflector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * All objects of all served resources but events, told to those who are about every kind. One watch
 * for each resource, whoever listens; it begins when the resource is first served and ends with it.
 *
 * <pre>{@code
 * ObjectFeeds feeds = new ObjectFeeds(client, types);
 * feeds.add(garbageCollector);
 * feeds.add(quotas);
 * feeds.start();
 * }</pre>
 */
public final class ObjectFeeds implements AutoCloseable {
  private final ApiClient client;
  private final ServedTypes types;
  private final List<Listener> listeners = new ArrayList<>();
  private final Map<ResourceType, Reflector> running = new HashMap<>();
  private final Set<ResourceType> unlisted = new HashSet<>();
  private final CountDownLatch listed = new CountDownLatch(1);
  private boolean complete;
  private boolean closed;

  /** Hears of objects; of one resource on one thread at a time. */
  public interface Listener {
    /** All objects of a resource there are; none when it is no longer served. */
    void replaceAll(ResourceType type, List<KubeObject> all);

    /** An object is new or has changed. */
    void put(ResourceType type, KubeObject object);

    /** An object is gone. */
    void remove(ResourceType type, KubeObject object);
  }

  /** Feeds that do not run yet. */
  public ObjectFeeds(ApiClient client, ServedTypes types) {
    this.client = requireNonNull(client, "client");
    this.types = requireNonNull(types, "types");
  }

  /** What is served. */
  public ServedTypes types() {
    return types;
  }

  /** One more who hears; before {@link #start}. */
  public void add(Listener listener) {
    listeners.add(requireNonNull(listener));
  }

  /** Begins; does not block. */
  public void start() {
    types.onChange(this::follow);
    Thread.ofVirtual()
        .name("object-feeds")
        .start(
            () -> {
              try {
                types.await();
                follow();
              } catch (InterruptedException e) {
                // Closed before anything was known.
              }
            });
  }

  /** Waits until each resource that was served at first has been listed once. */
  public void await() throws InterruptedException {
    listed.await();
  }

  private void follow() {
    List<ResourceType> gone = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      Set<ResourceType> wanted = new HashSet<>(types.all());
      // Events come and go by the thousand, own nothing and are owned by nobody.
      wanted.removeIf(t -> t.gvr().resource().equals("events"));
      for (ResourceType type : Set.copyOf(running.keySet())) {
        if (!wanted.contains(type)) {
          running.remove(type).close();
          unlisted.remove(type);
          gone.add(type);
        }
      }
      for (ResourceType type : wanted) {
        if (!running.containsKey(type)) {
          unlisted.add(type);
          running.put(
              type, new Reflector(client, type.gvr(), "", ListOptions.ALL, new Feed(type)).start());
        }
      }
      complete = true;
      countDown();
    }
    for (ResourceType type : gone) {
      if (types.all().stream().noneMatch(t -> sameResource(t.gvr(), type.gvr()))) {
        listeners.forEach(l -> l.replaceAll(type, List.of()));
      }
    }
  }

  /** A definition may change the version its objects are kept in; they are the same objects. */
  private static boolean sameResource(GroupVersionResource a, GroupVersionResource b) {
    return a.group().equals(b.group()) && a.resource().equals(b.resource());
  }

  private synchronized void listed(ResourceType type) {
    unlisted.remove(type);
    countDown();
  }

  private synchronized void countDown() {
    if (complete && unlisted.isEmpty()) {
      listed.countDown();
    }
  }

  private final class Feed implements Reflector.Follower {
    private final ResourceType type;

    Feed(ResourceType type) {
      this.type = type;
    }

    @Override
    public void replaceAll(List<KubeObject> all) {
      listeners.forEach(l -> l.replaceAll(type, all));
      listed(type);
    }

    @Override
    public void put(KubeObject object) {
      listeners.forEach(l -> l.put(type, object));
    }

    @Override
    public void remove(KubeObject object) {
      listeners.forEach(l -> l.remove(type, object));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    running.values().forEach(Reflector::close);
    running.clear();
  }
}
