package dev.mokha.cel.eval;

import dev.mokha.cel.library.Format;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.OpaqueValue;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.Values;
import java.util.List;
import java.util.Map;

/**
 * What a call costs when it runs, by the sizes of what it is given. The figures are those of CEL's
 * and Kubernetes' cost models: a tenth for each character that is passed over, a quarter for each
 * character of a regular expression.
 */
final class CallCosts {
  private static final double PER_CHARACTER = 0.1;
  private static final double PER_REGEX_CHARACTER = 0.25;
  private static final long LIST = 10;
  private static final int LONG_TEXT = 100_000;

  private CallCosts() {}

  private static long text(double factor, Object value) {
    return (long) Math.ceil(Values.costSize(value) * factor * PER_CHARACTER);
  }

  private static long regex(long length, long regexLength) {
    return (long) Math.ceil((1.0 + length) * PER_CHARACTER)
        * (long) Math.ceil(regexLength * PER_REGEX_CHARACTER);
  }

  /** What is known before the call. */
  static long before(String function, Object[] args) {
    Object first = args.length > 0 ? args[0] : null;
    return switch (function) {
      case "check" -> 350_000;
      case "fieldSelector", "labelSelector" -> selector(Values.costSize(args[1]));
      case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> traversal(first);
      case "url",
          "lowerAscii",
          "upperAscii",
          "substring",
          "trim",
          "jsonpatch.escapeKey",
          "cidr",
          "isIP",
          "isCIDR",
          "quantity",
          "isQuantity",
          "semver",
          "isSemver",
          "startsWith",
          "endsWith",
          "strings.quote",
          "format" ->
          text(1, first);
      case "ip" -> first instanceof String ? text(1, first) : 1;
      case "bytes" -> first instanceof String ? text(1, first) : 1;
      case "string" -> first instanceof Bytes ? text(1, first) : 1;
      case "replace", "split", "ip.isCanonical" -> text(2, first);
      case "join" -> 0;
      case "find", "findAll", "matches" -> regex(Values.costSize(first), Values.costSize(args[1]));
      case "contains" -> text(1, first) * text(1, args[1]);
      case "validate" ->
          first instanceof Format f ? regex(Values.costSize(args[1]), f.regexSize()) : 1;
      case "containsIP" -> text(2, first) + (args[1] instanceof String ? text(1, args[1]) : 0);
      case "containsCIDR" ->
          text(2, first) + text(1, first) + 1 + (args[1] instanceof String ? text(1, args[1]) : 0);
      case "@in" -> args[1] instanceof List<?> l ? l.size() : 1;
      case "_==_", "_!=_" -> equality(first, args[1]);
      case "_<_", "_<=_", "_>_", "_>=_" ->
          first instanceof String || first instanceof Bytes ? smaller(first, args[1]) : 1;
      case "_+_" ->
          first instanceof String || first instanceof Bytes
              ? (long)
                  Math.ceil((Values.costSize(first) + Values.costSize(args[1])) * PER_CHARACTER)
              : 1;
      case "sets.contains", "sets.intersects" -> 1 + product(first, args[1]);
      case "sets.equivalent" -> 1 + 2 * product(first, args[1]);
      case "slice", "reverse" -> 0;
      case "lists.range" -> 1 + LIST + Math.max(0, first instanceof Long n ? n : 0);
      case "flatten" ->
          1
              + LIST
              + Values.costSize(first) * (args.length == 2 && args[1] instanceof Long d ? d : 1);
      case "distinct", "sort" -> selfCompare(first);
      case "@sortByAssociatedKeys" -> selfCompare(args[1]);
      default -> 1;
    };
  }

  /** What only the result tells. */
  static long after(String function, Object[] args, Object result) {
    return switch (function) {
      case "join" -> text(2, result);
      case "slice" -> 1 + LIST + Values.costSize(result);
      case "reverse" -> result instanceof String ? 1 : 1 + LIST + Values.costSize(result);
      // Some functions make more of a text than the model counts: that must not go on for ever.
      default -> result instanceof String s && s.length() > LONG_TEXT ? s.length() / 10 : 0;
    };
  }

  private static long product(Object a, Object b) {
    return Values.costSize(a) * Values.costSize(b);
  }

  private static long equality(Object a, Object b) {
    return a instanceof OpaqueValue ? 1 : smaller(a, b);
  }

  private static long smaller(Object a, Object b) {
    return (long) Math.ceil(Math.min(Values.costSize(a), Values.costSize(b)) * PER_CHARACTER);
  }

  private static long selector(long length) {
    long parse = (long) Math.ceil(length * PER_CHARACTER);
    long requirements = (long) Math.ceil(Math.ceil(length * 0.5) * 50);
    return LIST + parse + requirements;
  }

  private static long selfCompare(Object value) {
    if (!(value instanceof List<?> list)) {
      return 1;
    }
    double factor = 2;
    if (!list.isEmpty() && (list.get(0) instanceof String || list.get(0) instanceof Bytes)) {
      factor += PER_CHARACTER;
    }
    return (long) ((double) list.size() * list.size() * factor) + 1 + LIST;
  }

  private static long traversal(Object value) {
    return switch (value) {
      case String s -> (long) (utf8(s) * PER_CHARACTER);
      case Bytes b -> (long) (b.size() * PER_CHARACTER);
      case List<?> list -> {
        long cost = 0;
        for (Object element : list) {
          cost += traversal(element);
        }
        yield cost;
      }
      case Map<?, ?> map -> {
        long cost = 0;
        for (Map.Entry<?, ?> e : map.entrySet()) {
          cost += traversal(e.getKey()) + traversal(e.getValue());
        }
        yield cost;
      }
      case StructValue struct -> {
        long cost = 0;
        for (String name : struct.names()) {
          cost += traversal(name) + traversal(struct.get(name));
        }
        yield cost;
      }
      case null, default -> 1;
    };
  }

  private static long utf8(String text) {
    return text.codePoints()
        .mapToLong(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
        .sum();
  }
}
