package dev.mokha.controllers.endpoints;

import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.match.Selectors;
import dev.mokha.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Which services a pod's change matters to. */
final class ServicesOfPod implements Informer.Handler<Pod> {
  private final Informer<Service> services;
  private final Controller loop;

  ServicesOfPod(Informer<Service> services, Controller loop) {
    this.services = services;
    this.loop = loop;
  }

  /** Makes a loop reconcile each service when it changes, or one of its pods. */
  static Controller follow(Controller loop, Informer<Service> services, Informer<Pod> pods) {
    // The pods are awaited like the services, but most of their changes are left out.
    loop.watch(services).watch(pods, p -> List.of());
    pods.addHandler(new ServicesOfPod(services, loop));
    return loop;
  }

  @Override
  public void onAdd(Pod pod) {
    keys(pod).forEach(loop.queue()::add);
  }

  @Override
  public void onDelete(Pod pod) {
    onAdd(pod);
  }

  /** Most updates of a pod change nothing that a service sees. */
  @Override
  public void onUpdate(Pod before, Pod after) {
    boolean relabeled =
        !Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels());
    if (relabeled) {
      onAdd(before);
    }
    if (relabeled
        || !Objects.equals(ip(before), ip(after))
        || Pods.isReady(before) != Pods.isReady(after)
        || Pods.isOver(before) != Pods.isOver(after)
        || !Objects.equals(
            before.getMetadata().getDeletionTimestamp(),
            after.getMetadata().getDeletionTimestamp())) {
      onAdd(after);
    }
  }

  private static String ip(Pod pod) {
    return pod.getStatus() == null ? null : pod.getStatus().getPodIP();
  }

  private List<Key> keys(Pod pod) {
    List<Key> keys = new ArrayList<>();
    String namespace = pod.getMetadata().getNamespace();
    for (Service s : services.list(namespace)) {
      if (Selectors.matches(s.getSpec().getSelector(), pod.getMetadata().getLabels())) {
        keys.add(new Key(namespace, s.getMetadata().getName()));
      }
    }
    return keys;
  }
}
