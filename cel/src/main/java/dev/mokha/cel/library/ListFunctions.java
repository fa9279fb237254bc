package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.HashKey;
import dev.mokha.cel.value.UInt;
import dev.mokha.cel.value.Values;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The functions of lists, of lists as sets, and of maps. */
final class ListFunctions {
  private ListFunctions() {}

  static void addTo(Overloads all, Function add) {
    all.add("isSorted", a -> isSorted((List<?>) a[0]), List.class);
    all.add("sum", a -> sum((List<?>) a[0], add), List.class);
    all.add("max", a -> extreme((List<?>) a[0], 1, "max"), List.class);
    all.add("min", a -> extreme((List<?>) a[0], -1, "min"), List.class);
    all.add("indexOf", a -> indexOf((List<?>) a[0], a[1]), List.class, Object.class);
    all.add("lastIndexOf", a -> lastIndexOf((List<?>) a[0], a[1]), List.class, Object.class);
    all.add(
        "slice",
        a -> slice((List<?>) a[0], (Long) a[1], (Long) a[2]),
        List.class,
        Long.class,
        Long.class);
    all.add("flatten", a -> flatten((List<?>) a[0], 1), List.class);
    all.add("flatten", a -> flatten((List<?>) a[0], (Long) a[1]), List.class, Long.class);
    all.add("lists.range", a -> range((Long) a[0]), Long.class);
    all.add("distinct", a -> distinct((List<?>) a[0]), List.class);
    all.add(
        "reverse",
        a -> {
          List<Object> reversed = new ArrayList<>((List<?>) a[0]);
          Collections.reverse(reversed);
          return reversed;
        },
        List.class);
    all.add("sort", a -> sort((List<?>) a[0], (List<?>) a[0]), List.class);
    all.add(SortBy.FUNCTION, a -> sort((List<?>) a[0], (List<?>) a[1]), List.class, List.class);
    all.add(
        "sets.contains", a -> containsAll((List<?>) a[0], (List<?>) a[1]), List.class, List.class);
    all.add(
        "sets.equivalent",
        a ->
            containsAll((List<?>) a[0], (List<?>) a[1])
                && containsAll((List<?>) a[1], (List<?>) a[0]),
        List.class,
        List.class);
    all.add(
        "sets.intersects", a -> intersects((List<?>) a[0], (List<?>) a[1]), List.class, List.class);
    all.add(
        "cel.@mapInsert",
        a -> insert((Map<?, ?>) a[0], Map.of(a[1], a[2])),
        Map.class,
        Object.class,
        Object.class);
    all.add(
        "cel.@mapInsert", a -> insert((Map<?, ?>) a[0], (Map<?, ?>) a[1]), Map.class, Map.class);
  }

  private static boolean isSorted(List<?> list) {
    for (int i = 1; i < list.size(); i++) {
      if (Values.compare(list.get(i - 1), list.get(i)).filter(c -> c > 0).isPresent()) {
        return false;
      }
    }
    return true;
  }

  private static Object sum(List<?> list, Function add) {
    if (list.isEmpty()) {
      return 0L;
    }
    Object first = list.get(0);
    Object sum =
        switch (first) {
          case Double _ -> 0.0;
          case UInt _ -> new UInt(0);
          case Duration _ -> Duration.ZERO;
          default -> 0L;
        };
    for (Object element : list) {
      sum = add.call(new Object[] {sum, element});
    }
    return sum;
  }

  private static Object extreme(List<?> list, int sign, String name) {
    if (list.isEmpty()) {
      throw new CelEvaluationException(name + " called on empty list");
    }
    Object best = list.get(0);
    for (Object element : list) {
      if (Values.compare(element, best).orElse(0) * sign > 0) {
        best = element;
      }
    }
    return best;
  }

  private static long indexOf(List<?> list, Object value) {
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), value)) {
        return i;
      }
    }
    return -1;
  }

  private static long lastIndexOf(List<?> list, Object value) {
    for (int i = list.size() - 1; i >= 0; i--) {
      if (Values.equal(list.get(i), value)) {
        return i;
      }
    }
    return -1;
  }

  private static List<Object> slice(List<?> list, long start, long end) {
    String call = "cannot slice(%d, %d), ".formatted(start, end);
    if (start < 0 || end < 0) {
      throw new CelEvaluationException(call + "negative indexes not supported");
    }
    if (start > end) {
      throw new CelEvaluationException(
          call + "start index must be less than or equal to end index");
    }
    if (end > list.size()) {
      throw new CelEvaluationException(call + "list is length " + list.size());
    }
    return new ArrayList<>(list.subList((int) start, (int) end));
  }

  private static List<Object> flatten(List<?> list, long depth) {
    if (depth < 0) {
      throw new CelEvaluationException("level must be non-negative");
    }
    List<Object> flat = new ArrayList<>();
    for (Object element : list) {
      if (element instanceof List<?> inner && depth > 0) {
        flat.addAll(flatten(inner, depth - 1));
      } else {
        flat.add(element);
      }
    }
    return flat;
  }

  private static List<Object> range(long n) {
    List<Object> list = new ArrayList<>();
    for (long i = 0; i < n; i++) {
      list.add(i);
    }
    return list;
  }

  private static List<Object> distinct(List<?> list) {
    Set<Object> seen = new HashSet<>();
    List<Object> distinct = new ArrayList<>();
    for (Object element : list) {
      if (seen.add(HashKey.of(element))) {
        distinct.add(element);
      }
    }
    return distinct;
  }

  private static List<Object> sort(List<?> list, List<?> keys) {
    if (list.size() != keys.size()) {
      throw new CelEvaluationException(
          "@sortByAssociatedKeys() expected a list of the same size as the associated keys list,"
              + " but got %d and %d elements respectively".formatted(list.size(), keys.size()));
    }
    for (Object key : keys) {
      if (!isComparable(key)) {
        throw new CelEvaluationException("list elements must be comparable");
      }
      if (!Values.typeOf(key).equals(Values.typeOf(keys.get(0)))) {
        throw new CelEvaluationException("list elements must have the same type");
      }
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      order.add(i);
    }
    order.sort((x, y) -> Values.compare(keys.get(x), keys.get(y)).orElse(0));
    List<Object> sorted = new ArrayList<>();
    order.forEach(i -> sorted.add(list.get(i)));
    return sorted;
  }

  private static boolean isComparable(Object key) {
    return switch (key) {
      case Long _, UInt _, Double _, Boolean _, String _, Bytes _, Instant _, Duration _ -> true;
      default -> false;
    };
  }

  private static boolean containsAll(List<?> list, List<?> parts) {
    Set<Object> keys = new HashSet<>();
    list.forEach(e -> keys.add(HashKey.of(e)));
    return parts.stream().allMatch(p -> keys.contains(HashKey.of(p)));
  }

  private static boolean intersects(List<?> a, List<?> b) {
    Set<Object> keys = new HashSet<>();
    a.forEach(e -> keys.add(HashKey.of(e)));
    return b.stream().anyMatch(p -> keys.contains(HashKey.of(p)));
  }

  @SuppressWarnings("serial")
  private static final class Inserted extends LinkedHashMap<Object, Object> {
    Inserted(Map<?, ?> begin) {
      super(begin);
    }
  }

  private static Map<Object, Object> insert(Map<?, ?> map, Map<?, ?> more) {
    // Only macros insert, into a map that nobody else has seen: no need to copy it each time.
    Map<Object, Object> all = map instanceof Inserted own ? own : new Inserted(map);
    more.forEach(
        (key, value) -> {
          if (Values.find(all, key) != null) {
            throw new CelEvaluationException("insert failed: key " + key + " already exists");
          }
          all.put(key, value);
        });
    return all;
  }
}
