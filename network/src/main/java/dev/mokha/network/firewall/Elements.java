package dev.mokha.network.firewall;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Elements that one owner wants in the table's maps, as nft writes them: {@code 10.43.0.1 . tcp .
 * 80} to {@code goto services-3}; the value of a set's element is empty.
 */
public final class Elements {
  /** None. */
  public static final Elements NONE = new Elements(Map.of());

  private final Map<ElementMap, Map<String, String>> byMap;

  private Elements(Map<ElementMap, Map<String, String>> byMap) {
    this.byMap = byMap;
  }

  /** The elements of one map. */
  public Map<String, String> in(ElementMap map) {
    return byMap.getOrDefault(map, Map.of());
  }

  /** All of them. */
  public Map<ElementMap, Map<String, String>> byMap() {
    return byMap;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Elements elements && elements.byMap.equals(byMap);
  }

  @Override
  public int hashCode() {
    return byMap.hashCode();
  }

  @Override
  public String toString() {
    return byMap.toString();
  }

  /** Gathers elements. */
  public static final class Builder {
    private final Map<ElementMap, Map<String, String>> byMap = new EnumMap<>(ElementMap.class);

    /** Adds an element of a map. */
    public Builder put(ElementMap map, String key, String value) {
      byMap.computeIfAbsent(map, m -> new HashMap<>()).put(key, value);
      return this;
    }

    /** Adds an element of a set. */
    public Builder add(ElementMap set, String key) {
      return put(set, key, "");
    }

    /** What was gathered. */
    public Elements build() {
      return new Elements(Collections.unmodifiableMap(byMap));
    }
  }
}
