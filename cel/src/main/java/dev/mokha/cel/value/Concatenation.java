package dev.mokha.cel.value;

import dev.mokha.cel.DeclType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The sum of two lists. A custom resource's sets and keyed lists add up as server-side apply would
 * merge them: what the first has keeps its place, and new elements follow.
 */
public final class Concatenation {
  private Concatenation() {}

  /** Both lists as one. */
  public static List<Object> of(List<?> first, List<?> second) {
    if (!(first instanceof JsonList typed) || typed.form() == DeclType.ListForm.PLAIN) {
      return GrowingList.concatenate(first, second);
    }
    List<Object> all = new ArrayList<>(first);
    if (typed.form() == DeclType.ListForm.SET) {
      Set<Object> seen = new HashSet<>();
      first.forEach(e -> seen.add(HashKey.of(e)));
      for (Object element : second) {
        if (seen.add(HashKey.of(element))) {
          all.add(element);
        }
      }
      return all;
    }
    Map<Object, Integer> places = new HashMap<>();
    for (int i = 0; i < first.size(); i++) {
      places.put(HashKey.of(typed.key(first.get(i))), i);
    }
    for (Object element : second) {
      Object key = HashKey.of(typed.key(element));
      Integer place = places.get(key);
      if (place == null) {
        places.put(key, all.size());
        all.add(element);
      } else {
        all.set(place, element);
      }
    }
    return all;
  }
}
