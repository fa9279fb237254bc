package dev.mokha.network.firewall;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who wants which elements. Two owners may want the same key, such as two Services with one
 * external IP: then the first by name has it, and the other gets it when the first lets go.
 */
final class Ledger {
  private final Map<String, Elements> byOwner = new HashMap<>();
  private final Map<ElementMap, Map<String, TreeMap<String, String>>> claims =
      new EnumMap<>(ElementMap.class);

  /**
   * How one map changes.
   *
   * @param removed keys that go, also those that come back with another value
   * @param added keys that come
   */
  record Change(Set<String> removed, Map<String, String> added) {
    static Change none() {
      return new Change(new HashSet<>(), new HashMap<>());
    }
  }

  /** Takes down what owners want now; returns what changes of that for the kernel. */
  Map<ElementMap, Change> update(Map<String, Elements> wanted) {
    Map<ElementMap, Map<String, String>> touched = new EnumMap<>(ElementMap.class);
    wanted.forEach((owner, elements) -> claim(owner, elements, touched));
    Map<ElementMap, Change> changes = new EnumMap<>(ElementMap.class);
    touched.forEach(
        (map, before) ->
            before.forEach(
                (key, old) -> {
                  String now = value(map, key);
                  if (now == null ? old == null : now.equals(old)) {
                    return;
                  }
                  Change change = changes.computeIfAbsent(map, m -> Change.none());
                  if (old != null) {
                    change.removed.add(key);
                  }
                  if (now != null) {
                    change.added.put(key, now);
                  }
                }));
    return changes;
  }

  private void claim(
      String owner, Elements elements, Map<ElementMap, Map<String, String>> touched) {
    Elements before = byOwner.getOrDefault(owner, Elements.NONE);
    before
        .byMap()
        .forEach(
            (map, entries) ->
                entries.forEach(
                    (key, value) -> {
                      if (!value.equals(elements.in(map).get(key))) {
                        touch(map, key, touched);
                        claims.get(map).get(key).remove(owner);
                      }
                    }));
    elements
        .byMap()
        .forEach(
            (map, entries) ->
                entries.forEach(
                    (key, value) -> {
                      if (!value.equals(before.in(map).get(key))) {
                        touch(map, key, touched);
                        claims
                            .computeIfAbsent(map, m -> new HashMap<>())
                            .computeIfAbsent(key, k -> new TreeMap<>())
                            .put(owner, value);
                      }
                    }));
    before
        .byMap()
        .forEach(
            (map, entries) ->
                entries
                    .keySet()
                    .forEach(
                        key ->
                            claims
                                .get(map)
                                .computeIfPresent(key, (k, v) -> v.isEmpty() ? null : v)));
    if (elements.byMap().isEmpty()) {
      byOwner.remove(owner);
    } else {
      byOwner.put(owner, elements);
    }
  }

  /** Remembers what a key had before the update. */
  private void touch(ElementMap map, String key, Map<ElementMap, Map<String, String>> touched) {
    Map<String, String> before = touched.computeIfAbsent(map, m -> new HashMap<>());
    if (!before.containsKey(key)) {
      before.put(key, value(map, key));
    }
  }

  /** The value a key has; null for none. */
  String value(ElementMap map, String key) {
    TreeMap<String, String> owners = claims.getOrDefault(map, Map.of()).get(key);
    return owners == null || owners.isEmpty() ? null : owners.firstEntry().getValue();
  }

  /** All elements of a map. */
  Map<String, String> all(ElementMap map) {
    Map<String, String> all = new HashMap<>();
    claims.getOrDefault(map, Map.of()).keySet().forEach(key -> all.put(key, value(map, key)));
    return all;
  }

  /** Who wants anything. */
  Set<String> owners() {
    return Set.copyOf(byOwner.keySet());
  }
}
