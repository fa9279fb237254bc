package dev.mokha.network;

import dev.mokha.client.Kind;
import dev.mokha.client.ListOptions;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Informers whose objects a test puts in by hand. */
public final class FakeInformers implements Informers {
  private final Map<Class<?>, FakeInformer<?>> informers = new ConcurrentHashMap<>();

  /** Adds or replaces an object. */
  public <T extends HasMetadata> void put(T object) {
    informer(object).put(object);
  }

  /** Removes an object. */
  public <T extends HasMetadata> void remove(T object) {
    informer(object).remove(object);
  }

  @SuppressWarnings("unchecked")
  private <T extends HasMetadata> FakeInformer<T> informer(T object) {
    return (FakeInformer<T>)
        informers.computeIfAbsent(object.getClass(), type -> new FakeInformer<>());
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T extends HasMetadata> Informer<T> get(Kind<T> kind) {
    return (Informer<T>) informers.computeIfAbsent(kind.type(), type -> new FakeInformer<>());
  }

  @Override
  public <T extends HasMetadata> Informer<T> get(
      Kind<T> kind, String namespace, ListOptions select) {
    return get(kind);
  }

  @Override
  public void close() {}

  private static final class FakeInformer<T extends HasMetadata> implements Informer<T> {
    private final Map<String, T> objects = new LinkedHashMap<>();
    private final Map<String, Function<T, List<String>>> indexes = new LinkedHashMap<>();
    private final List<Handler<T>> handlers = new ArrayList<>();

    synchronized void put(T object) {
      T before = objects.put(key(object), object);
      for (Handler<T> handler : handlers) {
        if (before == null) {
          handler.onAdd(object);
        } else {
          handler.onUpdate(before, object);
        }
      }
    }

    synchronized void remove(T object) {
      T before = objects.remove(key(object));
      if (before != null) {
        handlers.forEach(handler -> handler.onDelete(before));
      }
    }

    private String key(T object) {
      String namespace = object.getMetadata().getNamespace();
      return (namespace == null ? "" : namespace) + "/" + object.getMetadata().getName();
    }

    @Override
    public synchronized Optional<T> find(String namespace, String name) {
      return Optional.ofNullable(objects.get(namespace + "/" + name));
    }

    @Override
    public synchronized Collection<T> list(String namespace) {
      return objects.values().stream()
          .filter(
              object ->
                  namespace.isEmpty() || namespace.equals(object.getMetadata().getNamespace()))
          .toList();
    }

    @Override
    public synchronized void addIndex(String name, Function<T, List<String>> keys) {
      indexes.put(name, keys);
    }

    @Override
    public synchronized Collection<T> byIndex(String name, String key) {
      return objects.values().stream()
          .filter(object -> indexes.get(name).apply(object).contains(key))
          .toList();
    }

    @Override
    public synchronized void addHandler(Handler<T> handler) {
      handlers.add(handler);
      objects.values().forEach(handler::onAdd);
    }

    @Override
    public boolean hasSynced() {
      return true;
    }

    @Override
    public void awaitSync(Duration atMost) {}
  }
}
