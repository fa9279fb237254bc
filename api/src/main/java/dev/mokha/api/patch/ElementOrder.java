package dev.mokha.api.patch;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.JsonEquality;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The order that {@code $setElementOrder} asks for. Elements it does not name, which others have
 * added, keep their place relative to those around them.
 */
final class ElementOrder {
  private ElementOrder() {}

  /**
   * Sorts merged elements.
   *
   * @param merged what to sort, in place
   * @param before the list before the patch
   * @param wanted the elements, or objects with just their keys, in the wanted order
   * @param key the field that tells elements apart; empty for scalars
   */
  static void sort(ArrayNode merged, ArrayNode before, ArrayNode wanted, String key) {
    List<JsonNode> named = new ArrayList<>();
    List<JsonNode> others = new ArrayList<>();
    for (JsonNode element : merged) {
      (indexOf(wanted, element, key) >= 0 ? named : others).add(element);
    }
    named.sort(Comparator.comparingInt(e -> indexOf(wanted, e, key)));
    merged.removeAll();
    int next = 0;
    for (JsonNode element : named) {
      int place = indexOf(before, element, key);
      while (place >= 0 && next < others.size() && isBefore(before, others.get(next), place, key)) {
        merged.add(others.get(next));
        next++;
      }
      merged.add(element);
    }
    others.subList(next, others.size()).forEach(merged::add);
  }

  private static boolean isBefore(ArrayNode before, JsonNode element, int place, String key) {
    int at = indexOf(before, element, key);
    return at >= 0 && at < place;
  }

  /** Refuses a patch whose elements come in another order than the one it asks for. */
  static void requireSameOrder(ArrayNode patch, ArrayNode wanted, String key) {
    int last = -1;
    for (JsonNode element : patch) {
      if (element.has("$patch")) {
        continue;
      }
      int at = indexOf(wanted, element, key);
      if (at < last) {
        throw StatusException.badRequest(
            "The order in patch list doesn't match the $setElementOrder list");
      }
      last = at;
    }
  }

  /** Where the element of the same key, or the equal scalar, is; -1 when nowhere. */
  static int indexOf(ArrayNode list, JsonNode element, String key) {
    JsonNode wanted = key.isEmpty() ? element : element.get(key);
    if (wanted == null) {
      return -1;
    }
    for (int i = 0; i < list.size(); i++) {
      JsonNode other = key.isEmpty() ? list.get(i) : list.get(i).get(key);
      if (other != null && JsonEquality.equal(other, wanted)) {
        return i;
      }
    }
    return -1;
  }
}
