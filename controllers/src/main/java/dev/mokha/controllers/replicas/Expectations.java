package dev.mokha.controllers.replicas;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * What a loop has done that its local copy does not show yet. Without it a loop would create the
 * same pods twice. A write that never shows (the pod came and went unseen) is forgotten after a
 * while.
 */
final class Expectations {
  private static final long FORGET_NANOS = Duration.ofSeconds(10).toNanos();

  private final Informer<Pod> pods;
  private final Map<Key, Map<String, Write>> byOwner = new HashMap<>();

  private record Write(String namespace, String name, boolean creation, long atNanos) {}

  Expectations(Informer<Pod> pods) {
    this.pods = requireNonNull(pods, "pods");
  }

  synchronized void created(Key owner, Pod pod) {
    add(owner, pod, true);
  }

  synchronized void deleted(Key owner, Pod pod) {
    add(owner, pod, false);
  }

  private void add(Key owner, Pod pod, boolean creation) {
    byOwner
        .computeIfAbsent(owner, k -> new HashMap<>())
        .put(
            pod.getMetadata().getUid(),
            new Write(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getName(),
                creation,
                System.nanoTime()));
  }

  /** A pod is gone: nothing more is to be expected of it. */
  synchronized void observedDelete(Pod pod) {
    String uid = pod.getMetadata().getUid();
    byOwner.values().removeIf(writes -> writes.remove(uid) != null && writes.isEmpty());
  }

  /** Whether the local copy shows everything the owner's loop did. */
  synchronized boolean fulfilled(Key owner) {
    Map<String, Write> writes = byOwner.get(owner);
    if (writes == null) {
      return true;
    }
    long now = System.nanoTime();
    for (Iterator<Map.Entry<String, Write>> i = writes.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<String, Write> e = i.next();
      if (now - e.getValue().atNanos() > FORGET_NANOS || shows(e.getKey(), e.getValue())) {
        i.remove();
      }
    }
    if (writes.isEmpty()) {
      byOwner.remove(owner);
    }
    return writes.isEmpty();
  }

  private boolean shows(String uid, Write write) {
    Pod pod =
        pods.find(write.namespace(), write.name())
            .filter(p -> p.getMetadata().getUid().equals(uid))
            .orElse(null);
    return write.creation()
        ? pod != null
        : pod == null || pod.getMetadata().getDeletionTimestamp() != null;
  }

  synchronized void forget(Key owner) {
    byOwner.remove(owner);
  }
}
