package dev.mokha.controllers.garbage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.controller.WorkQueue;
import dev.mokha.controllers.ServedTypes;
import dev.mokha.controllers.garbage.Owned.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
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
 * been listed once, and an owner that the graph does not show is asked for at the server before its
 * dependents go.
 */
public final class GarbageCollector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);
  private static final int WORKERS = 8;

  private final ApiClient client;
  private final ObjectGraph graph = new ObjectGraph();
  private final WorkQueue<String> queue = WorkQueue.create("garbage-collector");
  private final List<ResourceFeed> feeds = new ArrayList<>();
  private final List<Thread> workers = new ArrayList<>();
  private final CountDownLatch listed;
  private volatile boolean closed;

  private GarbageCollector(ApiClient client, List<ResourceType> types) {
    this.client = requireNonNull(client, "client");
    this.listed = new CountDownLatch(types.size());
    for (ResourceType type : types) {
      feeds.add(new ResourceFeed(client, type, graph, this::changed, this::gone, listed));
    }
  }

  /** Starts it; does not block. */
  public static GarbageCollector start(ApiClient client) {
    // Events come and go by the thousand, own nothing and are owned by nobody.
    List<ResourceType> types =
        ServedTypes.deletable().stream()
            .filter(t -> t.verbs().contains("watch"))
            .filter(t -> !t.gvr().resource().equals("events"))
            .toList();
    GarbageCollector collector = new GarbageCollector(client, types);
    collector.feeds.forEach(ResourceFeed::start);
    for (int i = 0; i < WORKERS; i++) {
      collector.workers.add(
          Thread.ofVirtual().name("garbage-collector-" + i).start(collector::work));
    }
    return collector;
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
      listed.await();
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

  private void process(Owned object) {
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
    List<Owner> solid = new ArrayList<>();
    List<Owner> waiting = new ArrayList<>();
    List<Owner> absent = new ArrayList<>();
    for (Owner owner : object.owners()) {
      Optional<Boolean> waits = lookUp(object, owner);
      if (waits.isEmpty()) {
        absent.add(owner);
      } else {
        (waits.get() ? waiting : solid).add(owner);
      }
    }
    if (!solid.isEmpty()) {
      if (!absent.isEmpty() || !waiting.isEmpty()) {
        List<Owner> drop = new ArrayList<>(absent);
        drop.addAll(waiting);
        removeOwners(object, drop);
      }
      return;
    }
    if (!waiting.isEmpty() && !graph.dependentsOf(object.uid()).isEmpty()) {
      // Its own dependents may block it in turn, so it goes in the foreground too.
      delete(object, "Foreground");
      return;
    }
    delete(
        object,
        object.finalizers().contains(Owned.ORPHAN)
            ? "Orphan"
            : object.finalizers().contains(Owned.FOREGROUND) ? "Foreground" : "Background");
  }

  /** Whether the owner waits for its dependents; empty when there is no such owner. */
  private Optional<Boolean> lookUp(Owned dependent, Owner owner) {
    Optional<Owned> known = graph.find(owner.uid());
    if (known.isPresent()) {
      return Optional.of(known.get().waitsForDependents());
    }
    Optional<ResourceType> type =
        BuiltinResources.get().find(GroupVersionKind.of(owner.apiVersion(), owner.kind()));
    if (type.isEmpty()) {
      // A kind that is not served (now): its objects may still be there.
      return Optional.of(false);
    }
    if (type.get().namespaced() && dependent.namespace().isEmpty()) {
      log.warn(
          "{} {} names an owner inside a namespace, which can't be; the reference is ignored",
          dependent.type().kind(),
          dependent.name());
      return Optional.of(false);
    }
    String namespace = type.get().namespaced() ? dependent.namespace() : "";
    Optional<KubeObject> live = client.find(type.get().gvr(), namespace, owner.name());
    if (live.isEmpty() || !live.get().uid().equals(owner.uid())) {
      return Optional.empty();
    }
    return Optional.of(Owned.of(type.get(), live.get()).waitsForDependents());
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

  private void delete(Owned object, String policy) {
    client.delete(
        object.type().gvr(),
        object.namespace(),
        object.name(),
        new DeleteOptions(null, policy, object.uid(), ""));
  }

  @Override
  public void close() {
    closed = true;
    feeds.forEach(ResourceFeed::close);
    queue.close();
    workers.forEach(Thread::interrupt);
  }
}
