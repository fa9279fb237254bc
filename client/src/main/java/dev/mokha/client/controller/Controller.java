package dev.mokha.client.controller;

import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.function.Function;

/**
 * A named control loop: informers feed a queue of keys, workers on virtual threads reconcile them.
 *
 * <pre>{@code
 * Controller loop = Controller.create("replicaset", 5, this::reconcile)
 *     .watch(replicaSets)
 *     .watch(pods, pod -> controllerOf(pod, "ReplicaSet"));
 * loop.start();
 * ...
 * loop.close();
 * }</pre>
 */
public interface Controller extends AutoCloseable {
  /** Its name, for logs and metrics. */
  String name();

  /** Reconciles every object of the informer when it changes. */
  <T extends HasMetadata> Controller watch(Informer<T> informer);

  /** Reconciles what an object maps to, for example its owner; both states of an update count. */
  <T extends HasMetadata> Controller watch(
      Informer<T> informer, Function<T, ? extends Collection<Key>> toKeys);

  /** Its queue, for keys that come from elsewhere. */
  WorkQueue<Key> queue();

  /** Waits for all watched informers' first lists, then starts the workers. Does not block. */
  Controller start();

  /** Stops the workers and waits for those under way. */
  @Override
  void close();

  /** A loop that does not run yet. */
  static Controller create(String name, int workers, Reconciler reconciler) {
    return new QueuedController(name, workers, reconciler);
  }
}
