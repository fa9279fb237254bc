package dev.mokha.cel.value;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes a value whose {@code equals} and {@code hashCode} agree with {@link Values#equal}. */
public final class HashKey {
  private record Amount(BigDecimal value) {}

  private HashKey() {}

  /** The stand-in for a value. */
  public static Object of(Object value) {
    if (Values.isNumber(value)) {
      BigDecimal exact = Values.exact(value);
      return exact == null ? value : new Amount(exact.stripTrailingZeros());
    }
    return switch (value) {
      case List<?> list -> {
        List<Object> keys = new ArrayList<>(list.size());
        for (Object element : list) {
          keys.add(of(element));
        }
        yield keys;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> keys = new HashMap<>();
        map.forEach((k, v) -> keys.put(of(k), of(v)));
        yield keys;
      }
      case StructValue struct -> {
        Map<Object, Object> keys = new HashMap<>();
        for (String name : struct.names()) {
          keys.put(name, of(struct.get(name)));
        }
        yield keys;
      }
      default -> value;
    };
  }
}
