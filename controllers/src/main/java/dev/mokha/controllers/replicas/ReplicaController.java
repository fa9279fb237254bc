package dev.mokha.controllers.replicas;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.match.Selectors;
import dev.mokha.controllers.Owners;
import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes and removes pods until there are as many as the object says; adopts pods that match and
 * belong to nobody, lets go of its own that match no more.
 */
public final class ReplicaController<T extends HasMetadata> {
  /** The most pods made or removed in one go. */
  private static final int BURST = 500;

  private static final String OWNER_INDEX = "controller-uid";

  private final ReplicaKind<T> kind;
  private final ResourceClient<T> owners;
  private final ResourceClient<Pod> podClient;
  private final Informer<T> ownerInformer;
  private final Informer<Pod> pods;
  private final Expectations expectations;
  private final EventRecorder events;

  private ReplicaController(ReplicaKind<T> kind, ApiClient client, Informers informers) {
    this.kind = requireNonNull(kind, "kind");
    this.owners = ResourceClient.of(client, kind.kind());
    this.podClient = ResourceClient.of(client, Kinds.POD);
    this.ownerInformer = informers.get(kind.kind());
    this.pods = informers.get(Kinds.POD);
    this.expectations = new Expectations(pods);
    this.events = EventRecorder.of(client, kind.loopName(), "");
  }

  /** Starts the loop of one kind. */
  public static <T extends HasMetadata> Controller start(
      ReplicaKind<T> kind, ApiClient client, Informers informers) {
    ReplicaController<T> c = new ReplicaController<>(kind, client, informers);
    c.pods.addIndex(
        OWNER_INDEX, p -> Owners.controllerOf(p).map(o -> List.of(o.getUid())).orElse(List.of()));
    c.pods.addHandler(
        new Informer.Handler<>() {
          @Override
          public void onAdd(Pod pod) {}

          @Override
          public void onUpdate(Pod before, Pod after) {}

          @Override
          public void onDelete(Pod pod) {
            c.expectations.observedDelete(pod);
          }
        });
    return Controller.create(kind.loopName(), 5, c::reconcile)
        .watch(c.ownerInformer)
        .watch(c.pods, c::ownersOf)
        .start();
  }

  /** The pod's controller; of an orphan, all that would adopt it. */
  private List<Key> ownersOf(Pod pod) {
    Optional<OwnerReference> owner = Owners.controllerOf(pod);
    String namespace = pod.getMetadata().getNamespace();
    if (owner.isPresent()) {
      return owner.get().getKind().equals(kind.kind().kind())
          ? List.of(new Key(namespace, owner.get().getName()))
          : List.of();
    }
    List<Key> keys = new ArrayList<>();
    for (T object : ownerInformer.list(namespace)) {
      if (selects(object, pod)) {
        keys.add(new Key(namespace, object.getMetadata().getName()));
      }
    }
    return keys;
  }

  private boolean selects(T object, Pod pod) {
    return Selectors.matches(kind.selector(object), pod.getMetadata().getLabels());
  }

  private Optional<Duration> reconcile(Key key) {
    Optional<T> found = ownerInformer.find(key.namespace(), key.name());
    if (found.isEmpty()) {
      expectations.forget(key);
      return Optional.empty();
    }
    T object = found.get();
    if (!expectations.fulfilled(key)) {
      // The pods' events come here again; the pause is for those that never show.
      return Optional.of(Duration.ofSeconds(11));
    }
    List<Pod> active = claim(object).stream().filter(Pods::isActive).toList();
    StatusException failure = null;
    String failureReason = "";
    if (object.getMetadata().getDeletionTimestamp() == null) {
      int missing = kind.replicas(object) - active.size();
      failureReason = missing > 0 ? "FailedCreate" : "FailedDelete";
      if (missing > 0) {
        failure = create(key, object, Math.min(missing, BURST));
      } else if (missing < 0) {
        failure = delete(key, object, Ranking.leastMissed(active, -missing));
      }
    }
    Optional<Duration> again = updateStatus(object, active, failure, failureReason);
    if (failure != null) {
      throw failure;
    }
    return again;
  }

  /** The pods it controls, after adoption and release. */
  private List<Pod> claim(T object) {
    List<Pod> claimed = new ArrayList<>();
    String uid = object.getMetadata().getUid();
    for (Pod pod : pods.byIndex(OWNER_INDEX, uid)) {
      if (selects(object, pod)) {
        claimed.add(pod);
      } else if (pod.getMetadata().getDeletionTimestamp() == null) {
        release(object, pod);
      }
    }
    if (object.getMetadata().getDeletionTimestamp() != null) {
      return claimed;
    }
    for (Pod pod : pods.list(object.getMetadata().getNamespace())) {
      if (Owners.controllerOf(pod).isEmpty() && Pods.isActive(pod) && selects(object, pod)) {
        adopt(object, pod).ifPresent(claimed::add);
      }
    }
    return claimed;
  }

  private Optional<Pod> adopt(T object, Pod pod) {
    // Ask the server itself: the copy may be of an owner that is gone already.
    T live = owners.get(object.getMetadata().getNamespace(), object.getMetadata().getName());
    if (!live.getMetadata().getUid().equals(object.getMetadata().getUid())
        || live.getMetadata().getDeletionTimestamp() != null) {
      return Optional.empty();
    }
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
    meta.putArray("ownerReferences").add(dev.mokha.client.Typed.tree(Owners.reference(object)));
    return Optional.of(
        podClient.patch(
            pod.getMetadata().getNamespace(),
            pod.getMetadata().getName(),
            "",
            PatchType.STRATEGIC,
            patch));
  }

  private void release(T object, Pod pod) {
    ObjectNode patch = Json.MAPPER.createObjectNode();
    ObjectNode meta = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
    meta.putArray("ownerReferences")
        .addObject()
        .put("$patch", "delete")
        .put("uid", object.getMetadata().getUid());
    try {
      podClient.patch(
          pod.getMetadata().getNamespace(),
          pod.getMetadata().getName(),
          "",
          PatchType.STRATEGIC,
          patch);
    } catch (StatusException e) {
      if (!e.isNotFound() && e.reason() != StatusReason.INVALID) {
        throw e;
      }
      // Gone, or another one of that name: nothing to let go of.
    }
  }

  /**
   * Creates pods in waves of doubling size, so that a template that is refused costs one request
   * and not all.
   */
  private StatusException create(Key key, T object, int count) {
    int left = count;
    int wave = 1;
    while (left > 0) {
      int now = Math.min(wave, left);
      ConcurrentLinkedQueue<StatusException> failures = new ConcurrentLinkedQueue<>();
      inParallel(now, i -> createOne(key, object, failures));
      StatusException first = failures.peek();
      if (first != null) {
        return first;
      }
      left -= now;
      wave *= 2;
    }
    return null;
  }

  private void createOne(Key key, T object, ConcurrentLinkedQueue<StatusException> failures) {
    try {
      Pod pod = podClient.create(podOf(object));
      expectations.created(key, pod);
      events.normal(object, "SuccessfulCreate", "Created pod: " + pod.getMetadata().getName());
    } catch (StatusException e) {
      failures.add(e);
      events.warning(object, "FailedCreate", "Error creating: " + e.getMessage());
    }
  }

  private Pod podOf(T object) {
    PodTemplateSpec template = kind.template(object);
    String name = object.getMetadata().getName();
    return new PodBuilder()
        .withNewMetadata()
        .withGenerateName(name + "-")
        .withNamespace(object.getMetadata().getNamespace())
        .withLabels(template.getMetadata().getLabels())
        .withAnnotations(template.getMetadata().getAnnotations())
        .withFinalizers(template.getMetadata().getFinalizers())
        .withOwnerReferences(Owners.reference(object))
        .endMetadata()
        .withSpec(template.getSpec())
        .build();
  }

  private StatusException delete(Key key, T object, List<Pod> victims) {
    ConcurrentLinkedQueue<StatusException> failures = new ConcurrentLinkedQueue<>();
    inParallel(
        victims.size(),
        i -> {
          Pod pod = victims.get(i);
          try {
            podClient.delete(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getName(),
                DeleteOptions.uid(pod.getMetadata().getUid()));
            expectations.deleted(key, pod);
            events.normal(
                object, "SuccessfulDelete", "Deleted pod: " + pod.getMetadata().getName());
          } catch (StatusException e) {
            if (!e.isConflict()) { // another pod of that name
              failures.add(e);
              events.warning(object, "FailedDelete", "Error deleting: " + e.getMessage());
            }
          }
        });
    return failures.peek();
  }

  /** Runs side by side and waits for all. */
  private static void inParallel(int count, IntConsumer task) {
    List<Thread> threads = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int index = i;
      threads.add(Thread.startVirtualThread(() -> task.accept(index)));
    }
    try {
      for (Thread t : threads) {
        t.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Duration> updateStatus(
      T object, List<Pod> active, StatusException failure, String failureReason) {
    Duration minReady = Duration.ofSeconds(kind.minReadySeconds(object));
    Instant now = Instant.now();
    Map<String, String> labels =
        Objects.requireNonNullElse(kind.template(object).getMetadata().getLabels(), Map.of());
    int labeled = 0;
    int ready = 0;
    int available = 0;
    Optional<Duration> again = Optional.empty();
    for (Pod pod : active) {
      Map<String, String> own = pod.getMetadata().getLabels();
      labeled += own != null && own.entrySet().containsAll(labels.entrySet()) ? 1 : 0;
      Optional<Duration> left = Pods.untilAvailable(pod, minReady, now);
      ready += left.isPresent() ? 1 : 0;
      if (left.isPresent() && left.get().isZero()) {
        available++;
      } else if (left.isPresent() && (again.isEmpty() || left.get().compareTo(again.get()) < 0)) {
        again = left;
      }
    }
    ReplicaStatus status =
        new ReplicaStatus(
            active.size(),
            labeled,
            ready,
            available,
            failure == null ? "" : failure.getMessage(),
            failureReason);
    status.applyTo(object, kind.kind()).ifPresent(owners::updateStatus);
    return again;
  }
}
