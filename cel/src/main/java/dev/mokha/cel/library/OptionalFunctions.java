package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.CelNull;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.UInt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions of values that may be absent. */
final class OptionalFunctions {
  private OptionalFunctions() {}

  static void addTo(Overloads all) {
    all.add("optional.of", a -> Optional.of(a[0]), Object.class);
    all.add("optional.none", _ -> Optional.empty());
    all.add(
        "optional.ofNonZeroValue",
        a -> isZero(a[0]) ? Optional.empty() : Optional.of(a[0]),
        Object.class);
    all.add("optional.unwrap", a -> unwrap((List<?>) a[0]), List.class);
    all.add("unwrapOpt", a -> unwrap((List<?>) a[0]), List.class);
    all.add("hasValue", a -> ((Optional<?>) a[0]).isPresent(), Optional.class);
    all.add(
        "value",
        a -> {
          Optional<?> optional = (Optional<?>) a[0];
          if (optional.isEmpty()) {
            throw new CelEvaluationException("optional.none() dereference");
          }
          return optional.get();
        },
        Optional.class);
    all.add(
        "first",
        a -> ((List<?>) a[0]).isEmpty() ? Optional.empty() : Optional.of(((List<?>) a[0]).get(0)),
        List.class);
    all.add(
        "last",
        a ->
            ((List<?>) a[0]).isEmpty()
                ? Optional.empty()
                : Optional.of(((List<?>) a[0]).get(((List<?>) a[0]).size() - 1)),
        List.class);
  }

  private static boolean isZero(Object value) {
    return switch (value) {
      case CelNull _ -> true;
      case Boolean b -> !b;
      case Long l -> l == 0;
      case UInt u -> u.bits() == 0;
      case Double d -> d == 0;
      case String s -> s.isEmpty();
      case Bytes b -> b.size() == 0;
      case List<?> l -> l.isEmpty();
      case Map<?, ?> m -> m.isEmpty();
      case Duration d -> d.isZero();
      case Optional<?> o -> o.isEmpty();
      case StructValue s -> s.names().isEmpty();
      default -> false;
    };
  }

  private static List<Object> unwrap(List<?> list) {
    List<Object> values = new ArrayList<>();
    for (Object element : list) {
      if (element instanceof Optional<?> o) {
        o.ifPresent(values::add);
      }
    }
    return values;
  }
}
