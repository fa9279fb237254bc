package dev.mokha.client.controller;

import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.function.Function;

final class QueuedController implements Controller {
  QueuedController(String name, int workers, Reconciler reconciler) {}

  @Override
  public String name() {
    return "";
  }

  @Override
  public <T extends HasMetadata> Controller watch(Informer<T> informer) {
    return this;
  }

  @Override
  public <T extends HasMetadata> Controller watch(
      Informer<T> informer, Function<T, ? extends Collection<Key>> toKeys) {
    return this;
  }

  @Override
  public WorkQueue<Key> queue() {
    return null;
  }

  @Override
  public Controller start() {
    return this;
  }

  @Override
  public void close() {}
}
