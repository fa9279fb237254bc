package dev.mokha.cel.eval;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.UInt;
import dev.mokha.cel.value.Values;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What selecting a field of a value or indexing into it gives (CEL language definition, sections
 * Field Selection and Macros; optional values as cel-go's OptionalTypes extension has them).
 */
final class Selection {
  private Selection() {}

  static Object field(Object value, String field) {
    Object found =
        switch (value) {
          case StructValue struct -> struct.get(field);
          case Map<?, ?> map -> map.get(field);
          case Optional<?> optional -> optional.flatMap(v -> optionalField(v, field));
          default -> null;
        };
    if (found == null) {
      throw new CelEvaluationException("no such key: " + field);
    }
    return found;
  }

  static Optional<Object> optionalField(Object value, String field) {
    return switch (value) {
      case StructValue struct -> Optional.ofNullable(struct.get(field));
      case Map<?, ?> map -> Optional.ofNullable(map.get(field));
      case Optional<?> optional -> optional.flatMap(v -> optionalField(v, field));
      default -> throw new CelEvaluationException("no such key: " + field);
    };
  }

  static boolean has(Object value, String field) {
    return switch (value) {
      case StructValue struct -> struct.has(field);
      case Map<?, ?> map -> map.containsKey(field);
      case Optional<?> optional -> optional.isPresent() && has(optional.get(), field);
      default -> throw Values.noOverload();
    };
  }

  static Object element(Object value, Object at) {
    switch (value) {
      case List<?> list -> {
        long place = place(at);
        if (place < 0 || place >= list.size()) {
          throw new CelEvaluationException("index out of bounds: " + place);
        }
        return list.get((int) place);
      }
      case Map<?, ?> map -> {
        Object found = Values.find(map, at);
        if (found == null) {
          throw new CelEvaluationException("no such key: " + at);
        }
        return found;
      }
      case Optional<?> optional -> {
        return optional.flatMap(v -> optionalElement(v, at));
      }
      case StructValue struct when at instanceof String name -> {
        return field(struct, name);
      }
      default -> throw Values.noOverload();
    }
  }

  private static long place(Object at) {
    return switch (at) {
      case Long l -> l;
      case UInt u when u.bits() >= 0 -> u.bits();
      case Double d when d == Math.rint(d) && Math.abs(d) < 0x1p53 -> d.longValue();
      default ->
          throw new CelEvaluationException(
              "unsupported index type '" + Values.typeOf(at) + "' in list");
    };
  }

  static Optional<Object> optionalElement(Object value, Object at) {
    return switch (value) {
      case List<?> list -> {
        long place = place(at);
        yield place < 0 || place >= list.size()
            ? Optional.empty()
            : Optional.of(list.get((int) place));
      }
      case Map<?, ?> map -> Optional.ofNullable(Values.find(map, at));
      case Optional<?> optional -> optional.flatMap(v -> optionalElement(v, at));
      case StructValue struct when at instanceof String name ->
          Optional.ofNullable(struct.get(name));
      default -> throw Values.noOverload();
    };
  }
}
