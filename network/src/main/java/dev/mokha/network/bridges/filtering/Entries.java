package dev.mokha.network.bridges.filtering;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Elements of several sets and maps, as nft writes them; a set's elements have an empty value. */
public final class Entries {
  private final Map<BridgeSet, Map<String, String>> bySet = new EnumMap<>(BridgeSet.class);

  /** Adds a set's element. */
  public Entries add(BridgeSet set, String key) {
    return put(set, key, "");
  }

  /** Adds a map's element. */
  public Entries put(BridgeSet set, String key, String value) {
    bySet.computeIfAbsent(set, s -> new TreeMap<>()).put(key, value);
    return this;
  }

  /** Adds all elements of another. */
  public Entries addAll(Entries other) {
    other.bySet.forEach((set, elements) -> elements.forEach((k, v) -> put(set, k, v)));
    return this;
  }

  /** The elements that another has not, or has with another value. */
  Entries without(Entries other) {
    Entries rest = new Entries();
    bySet.forEach(
        (set, elements) ->
            elements.forEach(
                (key, value) -> {
                  if (!value.equals(other.in(set).get(key))) {
                    rest.put(set, key, value);
                  }
                }));
    return rest;
  }

  /** The elements of one set or map. */
  Map<String, String> in(BridgeSet set) {
    return bySet.getOrDefault(set, Map.of());
  }

  boolean isEmpty() {
    return bySet.values().stream().allMatch(Map::isEmpty);
  }

  @Override
  public String toString() {
    return bySet.toString();
  }
}
