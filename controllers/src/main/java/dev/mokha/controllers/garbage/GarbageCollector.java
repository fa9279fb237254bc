package dev.mokha.controllers.garbage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.WorkQueue;
import dev.mokha.controllers.garbage.Owned.Owner;
import dev.mokha.controllers.served.ObjectFeeds;
import dev.mokha.controllers.served.ServedTypes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Background, foreground and orphan deletion by ownerReferences.
 *
 * <p>An object all of whose owners are gone is deleted. An owner with the finalizer {@code
 * foregroundDeletion} goes after the dependents that block it; one with {@code orphan} first has
 * its name taken out of its dependents' references. Nothing is deleted before every resource has
 * been listed once; an owner that the graph does not show is asked for at the server before its
 * dependents go, and so is the dependent itself, which may have found another owner meanwhile.
 *
 * <p>An owner is what a reference says in all its parts: a uid that belongs to an object of another
 * kind, name or namespace is an owner that does not exist. What can't be decided, since the owner's
 * kind is not served, waits until it is.
 */
public final class GarbageCollector implements AutoCloseable, ObjectFeeds.Listener {
  private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);
  private static final int WORKERS = 8;

  /** How long an owner that exists may be missing in the graph before it is asked for again. */
  private static final Duration LATE_OWNER = Duration.ofSeconds(2);

  private final ApiClient client;
  private final ObjectFeeds feeds;
  private final ServedTypes types;
  private final EventRecorder events;
  private final ObjectGraph graph = new ObjectGraph();
  private final WorkQueue<String> queue = WorkQueue.create("garbage-collector");
  private final List<Thread> workers = new ArrayList<>();
  private final Set<String> undecided = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** What became of an owner. */
  private enum State {
    SOLID,
    WAITING,
    ABSENT,
    UNKNOWN
  }

  private GarbageCollector(ApiClient client, ObjectFeeds feeds) {
    this.client = requireNonNull(client, "client");
    this.feeds = requireNonNull(feeds, "feeds");
    this.types = feeds.types();
    this.events = EventRecorder.of(client, "garbage-collector-controller", "");
  }

  /** Starts it; it hears of objects once the feeds are started. */
  public static GarbageCollector start(ApiClient client, ObjectFeeds feeds) {
    GarbageCollector collector = new GarbageCollector(client, feeds);
    feeds.add(collector);
    collector.types.onChange(
        () -> {
          for (String uid : collector.undecided) {
            collector.undecided.remove(uid);
            collector.queue.add(uid);
          }
        });
    for (int i = 0; i < WORKERS; i++) {
      collector.workers.add(
          Thread.ofVirtual().name("garbage-collector-" + i).start(collector::work));
    }
    return collector;
  }

  @Override
  public void replaceAll(ResourceType type, List<KubeObject> all) {
    Set<String> missing = graph.uidsOf(type);
    for (KubeObject object : all) {
      missing.remove(object.uid());
      put(type, object);
    }
    missing.forEach(uid -> graph.remove(uid).ifPresent(this::gone));
  }

  @Override
  public void put(ResourceType type, KubeObject object) {
    Owned owned = Owned.of(type, object);
    changed(owned, graph.put(owned));
  }

  @Override
  public void remove(ResourceType type, KubeObject object) {
    graph.remove(object.uid()).ifPresent(this::gone);
  }

  private void changed(Owned object, Optional<Owned> before) {
    boolean begins = object.deleting() && before.filter(Owned::deleting).isEmpty();
    if (!object.owners().isEmpty() || begins || object.waitsForDependents()) {
      queue.add(object.uid());
    }
    if (begins || before.filter(b -> !b.owners().equals(object.owners())).isPresent()) {
      // An owner in foreground deletion may have waited for just this.
      before.ifPresent(b -> b.owners().forEach(o -> queue.add(o.uid())));
    }
    if (begins && object.waitsForDependents()) {
      graph.dependentsOf(object.uid()).forEach(d -> queue.add(d.uid()));
    }
  }

  private void gone(Owned object) {
    graph.dependentsOf(object.uid()).forEach(d -> queue.add(d.uid()));
    object.owners().forEach(o -> queue.add(o.uid()));
  }

  private void work() {
    try {
      feeds.await();
      while (!closed) {
        String uid = queue.take();
        try {
          Optional<Owned> object = graph.find(uid);
          if (object.isPresent()) {
            process(object.get());
          }
          queue.forget(uid);
        } catch (StatusException e) {
          if (!e.isNotFound() && !e.isConflict() && !closed) {
            log.warn("{} is tried again: {}", uid, e.getMessage());
          }
          queue.retry(uid);
        } catch (RuntimeException e) {
          log.error("{} could not be collected", uid, e);
          queue.retry(uid);
        } finally {
          queue.done(uid);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void process(Owned known) {
    Optional<Owned> found = current(known);
    if (found.isEmpty()) {
      graph.remove(known.uid()).ifPresent(this::gone);
      return;
    }
    Owned object = found.get();
    if (object.orphansDependents()) {
      orphan(object);
      return;
    }
    if (object.waitsForDependents()) {
      deleteDependentsFirst(object);
      return;
    }
    if (object.deleting() || object.owners().isEmpty()) {
      return;
    }
    List<Owner> drop = new ArrayList<>();
    boolean solid = false;
    boolean waiting = false;
    for (Owner owner : object.owners()) {
      switch (lookUp(object, owner)) {
        case SOLID -> solid = true;
        case WAITING -> {
          waiting = true;
          drop.add(owner);
        }
        case ABSENT -> drop.add(owner);
        case UNKNOWN -> {
          return;
        }
      }
    }
    if (solid) {
      if (!drop.isEmpty()) {
        removeOwners(object, drop);
      }
      return;
    }
    List<Owned> dependents = waiting ? graph.dependentsOf(object.uid()) : List.of();
    if (!dependents.isEmpty()) {
      // Its own dependents may block it in turn, so it goes in the foreground too. One of them that
      // already waits may wait for this very object, in a circle: then this one blocks nobody.
      if (dependents.stream().anyMatch(Owned::waitsForDependents)) {
        unblockOwners(object);
      }
      delete(object, "Foreground", "");
      return;
    }
    // Whoever gives it another owner at this moment makes this fail, and it is looked at again.
    delete(
        object,
        object.finalizers().contains(Owned.ORPHAN)
            ? "Orphan"
            : object.finalizers().contains(Owned.FOREGROUND) ? "Foreground" : "Background",
        object.resourceVersion());
  }

  /** The object as the server has it now. */
  private Optional<Owned> current(Owned known) {
    return client
        .find(known.type().gvr(), known.namespace(), known.name())
        .filter(o -> o.uid().equals(known.uid()))
        .map(o -> Owned.of(known.type(), o));
  }

  private State lookUp(Owned dependent, Owner owner) {
    Optional<Owned> known = graph.find(owner.uid());
    if (known.isPresent() && known.get().isMeantBy(owner, dependent)) {
      return stateOf(known.get());
    }
    Optional<ResourceType> type = types.find(owner.gvk());
    if (type.isEmpty()) {
      undecided.add(dependent.uid());
      return State.UNKNOWN;
    }
    boolean elsewhere =
        known.isPresent()
            && known.get().type().namespaced()
            && !known.get().namespace().equals(dependent.namespace());
    boolean outside = type.get().namespaced() && dependent.namespace().isEmpty();
    if (elsewhere || outside) {
      reportNamespace(dependent, owner);
    }
    if (outside) {
      // An object outside namespaces can't be owned by one inside; nobody can say which was meant.
      return State.UNKNOWN;
    }
    String namespace = type.get().namespaced() ? dependent.namespace() : "";
    Optional<KubeObject> live = client.find(type.get().gvr(), namespace, owner.name());
    if (live.isEmpty() || !live.get().uid().equals(owner.uid())) {
      return State.ABSENT;
    }
    if (known.isEmpty()) {
      // Should it go before its feed has shown it, nobody would tell.
      queue.addAfter(dependent.uid(), LATE_OWNER);
    }
    return stateOf(Owned.of(type.get(), live.get()));
  }

  private static State stateOf(Owned owner) {
    return owner.waitsForDependents() ? State.WAITING : State.SOLID;
  }

  private void reportNamespace(Owned dependent, Owner owner) {
    GenericKubernetesResource about = new GenericKubernetesResource();
    about.setApiVersion(dependent.type().gvr().groupVersion());
    about.setKind(dependent.type().kind());
    about.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(dependent.namespace().isEmpty() ? null : dependent.namespace())
            .withName(dependent.name())
            .withUid(dependent.uid())
            .build());
    events.warning(
        about,
        "OwnerRefInvalidNamespace",
        "ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in namespace \"%s\""
            .formatted(
                owner.apiVersion(),
                owner.kind(),
                dependent.namespace(),
                owner.name(),
                owner.uid(),
                dependent.namespace()));
  }

  private void deleteDependentsFirst(Owned owner) {
    boolean blocked = false;
    for (Owned dependent : graph.dependentsOf(owner.uid())) {
      boolean blocks =
          dependent.owners().stream()
              .anyMatch(o -> o.uid().equals(owner.uid()) && o.blocksDeletion());
      blocked |= blocks;
      if (!dependent.deleting()) {
        queue.add(dependent.uid());
      }
    }
    if (!blocked) {
      removeFinalizer(owner, Owned.FOREGROUND);
    }
  }

  private void orphan(Owned owner) {
    for (Owned dependent : graph.dependentsOf(owner.uid())) {
      try {
        removeOwners(
            dependent,
            dependent.owners().stream().filter(o -> o.uid().equals(owner.uid())).toList());
      } catch (StatusException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    removeFinalizer(owner, Owned.ORPHAN);
  }

  private void removeOwners(Owned dependent, List<Owner> owners) {
    ObjectNode tree = live(dependent);
    if (tree == null) {
      return;
    }
    ArrayNode kept = Json.MAPPER.createArrayNode();
    tree.path("metadata")
        .path("ownerReferences")
        .forEach(
            o -> {
              if (owners.stream().noneMatch(x -> x.uid().equals(o.path("uid").asString("")))) {
                kept.add(o);
              }
            });
    patchMetadata(dependent, tree, "ownerReferences", kept);
  }

  private void unblockOwners(Owned dependent) {
    ObjectNode tree = live(dependent);
    if (tree == null) {
      return;
    }
    ArrayNode owners = Json.MAPPER.createArrayNode();
    for (var o : tree.path("metadata").path("ownerReferences")) {
      ObjectNode owner = (ObjectNode) o.deepCopy();
      owner.put("blockOwnerDeletion", false);
      owners.add(owner);
    }
    patchMetadata(dependent, tree, "ownerReferences", owners);
  }

  private void removeFinalizer(Owned object, String finalizer) {
    ObjectNode tree = live(object);
    if (tree == null) {
      return;
    }
    ArrayNode kept = Json.MAPPER.createArrayNode();
    tree.path("metadata")
        .path("finalizers")
        .forEach(
            f -> {
              if (!f.asString().equals(finalizer)) {
                kept.add(f);
              }
            });
    patchMetadata(object, tree, "finalizers", kept);
  }

  /** The object as the server has it now; null when it is gone or another one. */
  private ObjectNode live(Owned object) {
    return client
        .find(object.type().gvr(), object.namespace(), object.name())
        .filter(o -> o.uid().equals(object.uid()))
        .map(KubeObject::toTree)
        .orElse(null);
  }

  private void patchMetadata(Owned object, ObjectNode live, String field, ArrayNode value) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata");
    meta.put("uid", object.uid());
    meta.put("resourceVersion", live.path("metadata").path("resourceVersion").asString(""));
    meta.set(field, value);
    client.patch(
        object.type().gvr(),
        object.namespace(),
        object.name(),
        "",
        PatchType.MERGE,
        Json.bytes(patch),
        false);
  }

  private void delete(Owned object, String policy, String revision) {
    client.delete(
        object.type().gvr(),
        object.namespace(),
        object.name(),
        new DeleteOptions(null, policy, object.uid(), revision));
  }

  @Override
  public void close() {
    closed = true;
    queue.close();
    workers.forEach(Thread::interrupt);
  }
}
