package dev.mokha.client.informer;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kind;
import dev.mokha.client.ListOptions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;

/** One informer for each kind and selection. */
final class SharedInformers implements Informers {
  private final ApiClient client;
  private final Map<Selection, ReflectedInformer<?>> informers = new HashMap<>();
  private boolean closed;

  private record Selection(Kind<?> kind, String namespace, String labels, String fields) {}

  SharedInformers(ApiClient client) {
    this.client = requireNonNull(client, "client");
  }

  @Override
  public <T extends HasMetadata> Informer<T> get(Kind<T> kind) {
    return get(kind, "", ListOptions.ALL);
  }

  @Override
  @SuppressWarnings("unchecked") // the key holds the kind, and with it the type
  public synchronized <T extends HasMetadata> Informer<T> get(
      Kind<T> kind, String namespace, ListOptions select) {
    if (closed) {
      throw new IllegalStateException("these informers are closed");
    }
    Selection key = new Selection(kind, namespace, select.labelSelector(), select.fieldSelector());
    return (Informer<T>)
        informers.computeIfAbsent(
            key, k -> new ReflectedInformer<>(client, kind, namespace, select).start());
  }

  @Override
  public synchronized void close() {
    closed = true;
    informers.values().forEach(ReflectedInformer::close);
    informers.clear();
  }
}
