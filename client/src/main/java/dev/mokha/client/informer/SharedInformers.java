package dev.mokha.client.informer;

import dev.mokha.client.*;
import io.fabric8.kubernetes.api.model.HasMetadata;

final class SharedInformers implements Informers {
  SharedInformers(ApiClient client) {}

  @Override
  public <T extends HasMetadata> Informer<T> get(Kind<T> kind) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T extends HasMetadata> Informer<T> get(
      Kind<T> kind, String namespace, ListOptions select) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
