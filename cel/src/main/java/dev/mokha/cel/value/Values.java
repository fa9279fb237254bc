package dev.mokha.cel.value;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.FieldNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Conversion, comparison and size of values. */
public final class Values {
  private Values() {}

  /** The error of a function that does not take what it is given. */
  public static CelEvaluationException noOverload() {
    return new CelEvaluationException("no such overload");
  }

  /** A JSON value as its declaration says to read it, without copying it. */
  public static Object ofJson(JsonNode node, DeclType type) {
    if (node.isNull() || node.isMissingNode()) {
      return CelNull.NULL;
    }
    return switch (type.kind()) {
      case OBJECT -> node instanceof ObjectNode o ? new JsonObject(o, type) : dynamic(node);
      case MAP -> node instanceof ObjectNode o ? new JsonMap(o, type.elem()) : dynamic(node);
      case LIST -> node instanceof ArrayNode a ? new JsonList(a, type) : dynamic(node);
      case DOUBLE -> node.isNumber() ? (Object) node.doubleValue() : dynamic(node);
      case TIMESTAMP -> node.isString() ? Times.parseInstant(node.stringValue()) : dynamic(node);
      case DURATION -> node.isString() ? Times.parseDuration(node.stringValue()) : dynamic(node);
      case BYTES -> node.isString() ? base64(node.stringValue()) : dynamic(node);
      case STRING, INT, BOOL, DYN, OPAQUE, OPTIONAL -> dynamic(node);
    };
  }

  private static Bytes base64(String text) {
    try {
      return new Bytes(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new CelEvaluationException("invalid base64: " + e.getMessage());
    }
  }

  private static Object dynamic(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> node.stringValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      case ARRAY -> new JsonList((ArrayNode) node, DeclType.list(DeclType.DYN));
      case OBJECT -> new JsonMap((ObjectNode) node, DeclType.DYN);
      default -> CelNull.NULL;
    };
  }

  /**
   * A value that a caller gives for a variable.
   *
   * @throws CelEvaluationException when it is none of CEL's
   */
  public static Object adapt(Object given, DeclType type) {
    return switch (given) {
      case null -> CelNull.NULL;
      case JsonNode node when type.kind() == DeclType.Kind.OPTIONAL ->
          Optional.of(ofJson(node, type.elem()));
      case JsonNode node -> ofJson(node, type);
      case Integer i -> (long) i;
      case Float f -> (double) f;
      default -> given;
    };
  }

  /** The type of a value. */
  public static TypeName typeOf(Object value) {
    return new TypeName(
        switch (value) {
          case CelNull _ -> "null_type";
          case Long _ -> "int";
          case UInt _ -> "uint";
          case Double _ -> "double";
          case Boolean _ -> "bool";
          case String _ -> "string";
          case Bytes _ -> "bytes";
          case List<?> _ -> "list";
          case Map<?, ?> _ -> "map";
          case Instant _ -> "google.protobuf.Timestamp";
          case Duration _ -> "google.protobuf.Duration";
          case TypeName _ -> "type";
          case Optional<?> _ -> "optional_type";
          case StructValue s -> s.typeName();
          case OpaqueValue o -> o.typeName();
          default -> value.getClass().getSimpleName();
        });
  }

  /** Whether two values are equal: numbers by their amount whatever their type. */
  public static boolean equal(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b).orElse(1) == 0;
    }
    return switch (a) {
      case JsonList x when x.form() != DeclType.ListForm.PLAIN && b instanceof List<?> y ->
          equalUnordered(x, y);
      case List<?> x -> b instanceof List<?> y && equalLists(x, y);
      case Map<?, ?> x -> b instanceof Map<?, ?> y && equalMaps(x, y);
      case StructValue x -> b instanceof StructValue y && equalStructs(x, y);
      case Optional<?> x ->
          b instanceof Optional<?> y
              && x.isPresent() == y.isPresent()
              && (x.isEmpty() || equal(x.get(), y.get()));
      default -> a.equals(b);
    };
  }

  private static boolean equalLists(List<?> a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Sets and keyed lists are equal when they hold the same elements, in any order. */
  private static boolean equalUnordered(JsonList a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    if (a.form() == DeclType.ListForm.MAP) {
      Map<Object, Object> byKey = new HashMap<>();
      for (Object element : b) {
        byKey.put(HashKey.of(a.key(element)), element);
      }
      for (Object element : a) {
        Object other = byKey.get(HashKey.of(a.key(element)));
        if (other == null || !equal(element, other)) {
          return false;
        }
      }
      return true;
    }
    Set<Object> keys = new HashSet<>();
    for (Object element : b) {
      keys.add(HashKey.of(element));
    }
    for (Object element : a) {
      if (!keys.contains(HashKey.of(element))) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (Map.Entry<?, ?> e : a.entrySet()) {
      Object other = find(b, e.getKey());
      if (other == null || !equal(e.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalStructs(StructValue a, StructValue b) {
    if (!a.names().equals(b.names())) {
      return false;
    }
    for (String name : a.names()) {
      if (!equal(a.get(name), b.get(name))) {
        return false;
      }
    }
    return true;
  }

  /** The value under a key, null for none; a number finds its equal of another type. */
  public static Object find(Map<?, ?> map, Object key) {
    Object value = map.get(key);
    if (value != null || map instanceof JsonMap || !isNumber(key)) {
      return value;
    }
    for (Object other : numberForms(key)) {
      value = map.get(other);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private static List<Object> numberForms(Object key) {
    BigDecimal amount = exact(key);
    if (amount == null || amount.stripTrailingZeros().scale() > 0) {
      return List.of();
    }
    BigInteger whole = amount.toBigInteger();
    if (whole.bitLength() <= 63 && whole.signum() >= 0) {
      return List.of(whole.longValue(), new UInt(whole.longValue()));
    }
    return whole.bitLength() <= 63
        ? List.of(whole.longValue())
        : whole.signum() > 0 && whole.bitLength() == 64
            ? List.of(new UInt(whole.longValue()))
            : List.of();
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof UInt;
  }

  static BigDecimal exact(Object number) {
    return switch (number) {
      case Long l -> BigDecimal.valueOf(l);
      case UInt u -> new BigDecimal(new BigInteger(Long.toUnsignedString(u.bits())));
      case Double d when !d.isNaN() && !d.isInfinite() -> new BigDecimal(d);
      default -> null;
    };
  }

  private static Optional<Integer> compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Optional.of(Long.compare(x, y));
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x.isNaN() || y.isNaN() ? Optional.empty() : Optional.of(x < y ? -1 : x > y ? 1 : 0);
    }
    BigDecimal x = exact(a);
    BigDecimal y = exact(b);
    if (x != null && y != null) {
      return Optional.of(x.compareTo(y));
    }
    if ((a instanceof Double d && d.isNaN()) || (b instanceof Double e && e.isNaN())) {
      return Optional.empty();
    }
    if (x == null) {
      return Optional.of(((Double) a) > 0 ? 1 : -1);
    }
    return Optional.of(((Double) b) > 0 ? -1 : 1);
  }

  /**
   * The order of two values.
   *
   * @return empty when one is not a number
   * @throws CelEvaluationException when they have no order
   */
  public static Optional<Integer> compare(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b);
    }
    return Optional.of(
        switch (a) {
          case String x when b instanceof String y -> compareTexts(x, y);
          case Boolean x when b instanceof Boolean y -> Boolean.compare(x, y);
          case Bytes x when b instanceof Bytes y -> x.compareTo(y);
          case Instant x when b instanceof Instant y -> x.compareTo(y);
          case Duration x when b instanceof Duration y -> x.compareTo(y);
          default -> throw noOverload();
        });
  }

  /** By code points, as UTF-8 sorts, which differs from UTF-16 beyond the basic plane. */
  private static int compareTexts(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean highX = Character.isSurrogate(x);
        boolean highY = Character.isSurrogate(y);
        return highX == highY ? Character.compare(x, y) : highX ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** What {@code size()} gives, or 1 for what has none: the measure of CEL's cost model. */
  public static long costSize(Object value) {
    return switch (value) {
      case String s -> s.codePointCount(0, s.length());
      case Bytes b -> b.size();
      case List<?> l -> l.size();
      case Map<?, ?> m -> m.size();
      case OpaqueValue o -> o.costSize();
      case Optional<?> o when o.isPresent() -> costSize(o.get());
      case null, default -> 1;
    };
  }

  /** JSON of a value; what JSON lacks becomes a string, absent optionals null. */
  public static JsonNode toJson(Object value) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (value) {
      case null -> make.nullNode();
      case CelNull _ -> make.nullNode();
      case String s -> make.stringNode(s);
      case Boolean b -> make.booleanNode(b);
      case Long l -> make.numberNode(l);
      case Double d -> make.numberNode(d);
      case UInt u ->
          u.bits() >= 0
              ? make.numberNode(u.bits())
              : make.numberNode(new BigInteger(Long.toUnsignedString(u.bits())));
      case Bytes b -> make.stringNode(Base64.getEncoder().encodeToString(b.toArray()));
      case Instant i -> make.stringNode(Times.format(i));
      case Duration d -> make.stringNode(Times.format(d));
      case JsonObject o -> o.node().deepCopy();
      case JsonMap m -> m.node().deepCopy();
      case List<?> list -> {
        ArrayNode array = make.arrayNode();
        for (Object element : list) {
          array.add(toJson(element));
        }
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = make.objectNode();
        for (Map.Entry<?, ?> e : map.entrySet()) {
          object.set(String.valueOf(e.getKey()), toJson(e.getValue()));
        }
        yield object;
      }
      case StructValue struct -> {
        ObjectNode object = make.objectNode();
        for (String name : struct.names()) {
          object.set(FieldNames.unescape(name), toJson(struct.get(name)));
        }
        yield object;
      }
      case Optional<?> o -> o.isPresent() ? toJson(o.get()) : make.nullNode();
      default -> make.stringNode(value.toString());
    };
  }
}
