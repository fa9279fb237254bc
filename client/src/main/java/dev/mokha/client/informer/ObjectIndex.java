package dev.mokha.client.informer;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Objects by namespace and name, and under the keys of any number of indexes. One writer at a time;
 * readers never wait, and may see an object before its index entries.
 */
final class ObjectIndex<T extends HasMetadata> {
  private final Map<String, Map<Name, T>> byNamespace = new ConcurrentHashMap<>();
  private final Map<Name, T> all = new ConcurrentHashMap<>();
  private final Map<String, Index<T>> indexes = new ConcurrentHashMap<>();

  record Name(String namespace, String name) {
    static Name of(HasMetadata object) {
      String namespace = object.getMetadata().getNamespace();
      return new Name(namespace == null ? "" : namespace, object.getMetadata().getName());
    }
  }

  private record Index<T>(Function<T, List<String>> keys, Map<String, Map<Name, T>> entries) {
    void add(Name name, T object) {
      for (String key : keys.apply(object)) {
        entries.computeIfAbsent(key, k -> new ConcurrentHashMap<>()).put(name, object);
      }
    }

    void remove(Name name, T object) {
      for (String key : keys.apply(object)) {
        entries.computeIfPresent(
            key,
            (k, map) -> {
              map.remove(name);
              return map.isEmpty() ? null : map;
            });
      }
    }
  }

  /** Puts an object; the one before or null. */
  T put(T object) {
    Name name = Name.of(object);
    T before = all.put(name, object);
    byNamespace.computeIfAbsent(name.namespace(), n -> new ConcurrentHashMap<>()).put(name, object);
    for (Index<T> index : indexes.values()) {
      if (before != null) {
        List<String> now = index.keys().apply(object);
        if (!now.equals(index.keys().apply(before))) {
          index.remove(name, before);
        }
      }
      index.add(name, object);
    }
    return before;
  }

  /** Removes the object of that name; the one before or null. */
  T remove(T object) {
    Name name = Name.of(object);
    T before = all.remove(name);
    if (before == null) {
      return null;
    }
    byNamespace.computeIfPresent(
        name.namespace(),
        (n, map) -> {
          map.remove(name);
          return map.isEmpty() ? null : map;
        });
    indexes.values().forEach(index -> index.remove(name, before));
    return before;
  }

  Optional<T> find(String namespace, String name) {
    return Optional.ofNullable(all.get(new Name(namespace == null ? "" : namespace, name)));
  }

  Collection<T> list(String namespace) {
    return Collections.unmodifiableCollection(
        namespace.isEmpty()
            ? all.values()
            : byNamespace.getOrDefault(namespace, Map.of()).values());
  }

  void addIndex(String name, Function<T, List<String>> keys) {
    Index<T> index = new Index<>(keys, new ConcurrentHashMap<>());
    all.forEach(index::add);
    indexes.put(name, index);
  }

  Collection<T> byIndex(String name, String key) {
    Index<T> index = indexes.get(name);
    if (index == null) {
      throw new IllegalArgumentException("no index is called " + name);
    }
    return Collections.unmodifiableCollection(index.entries().getOrDefault(key, Map.of()).values());
  }
}
