package dev.mokha.cel;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.schema.AnySchema;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ListSchema;
import dev.mokha.api.schema.MapSchema;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.ScalarSchema;
import dev.mokha.api.schema.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an expression knows of a variable: its type, and how large a value may get. Immutable.
 *
 * <p>The sizes follow from a schema's own bounds ({@code maxLength}, {@code maxItems}, {@code
 * maxProperties}), or else from what fits into the largest request of 3 MiB; the worst-case cost of
 * a rule follows from them.
 */
public final class DeclType {
  /** The kinds of types. */
  public enum Kind {
    DYN,
    OBJECT,
    LIST,
    MAP,
    STRING,
    BYTES,
    INT,
    DOUBLE,
    BOOL,
    TIMESTAMP,
    DURATION,
    /** A type of a function library, which only its functions look into. */
    OPAQUE,
    /** A type that may be absent: see {@link #elem()}. */
    OPTIONAL
  }

  /** How a list of a custom resource compares and grows. */
  public enum ListForm {
    PLAIN,
    SET,
    MAP
  }

  /**
   * A field of an object.
   *
   * @param jsonName its name in JSON, unescaped
   */
  public record Member(String jsonName, DeclType type) {}

  private static final long MAX_REQUEST = 3L << 20;

  /** Any value: nothing is checked before evaluation. */
  public static final DeclType DYN = new Builder(Kind.DYN, "dyn").unmeasured().build();

  public static final DeclType STRING = new Builder(Kind.STRING, "string").unmeasured().build();
  public static final DeclType BOOL = new Builder(Kind.BOOL, "bool").sizes(0, 4).build();
  public static final DeclType INT = new Builder(Kind.INT, "int").sizes(0, 1).build();
  public static final DeclType BYTES = new Builder(Kind.BYTES, "bytes").unmeasured().build();
  public static final DeclType TIMESTAMP =
      new Builder(Kind.TIMESTAMP, "google.protobuf.Timestamp").sizes(0, 21).build();
  public static final DeclType DURATION =
      new Builder(Kind.DURATION, "google.protobuf.Duration").sizes(0, 3).build();
  public static final DeclType DOUBLE = new Builder(Kind.DOUBLE, "double").sizes(0, 1).build();

  private final Kind kind;
  private final String name;
  private final Map<String, Member> fields;
  private final DeclType elem;
  private final long maxElements;
  private final long minSize;
  private final boolean nullable;
  private final ListForm form;
  private final List<String> keys;
  private final boolean measured;

  private DeclType(Builder b) {
    this.kind = b.kind;
    this.name = b.name;
    this.fields = b.fields;
    this.elem = b.elem;
    this.maxElements = b.maxElements;
    this.minSize = b.minSize;
    this.nullable = b.nullable;
    this.form = b.form;
    this.keys = b.keys;
    this.measured = b.measured;
  }

  /**
   * The type of a custom resource's value.
   *
   * @param openApi its part of {@code openAPIV3Schema}
   * @param resourceRoot whether it is a whole object with apiVersion, kind and metadata
   * @return null for a value that expressions can't see, since its schema does not say what it is
   */
  public static DeclType ofCustom(ObjectNode openApi, boolean resourceRoot) {
    return custom(openApi, resourceRoot, "selfType");
  }

  /** The type of a built-in value; parts that contain themselves are {@link #DYN} at depth. */
  public static DeclType of(Schema schema, String name) {
    return builtIn(schema, name, Set.of());
  }

  /** An object with these fields; the keys are names as expressions write them. */
  public static DeclType object(String name, Map<String, DeclType> fields) {
    Map<String, Member> members = new LinkedHashMap<>();
    fields.forEach((field, type) -> members.put(field, new Member(field, type)));
    return new Builder(Kind.OBJECT, name).fields(members).unmeasured().build();
  }

  /** A list. */
  public static DeclType list(DeclType items) {
    return new Builder(Kind.LIST, "list").elem(items).sizes(arrayItems(items), 2).build();
  }

  /** A map from strings. */
  public static DeclType map(DeclType values) {
    return new Builder(Kind.MAP, "map").elem(values).sizes(mapEntries(values), 2).build();
  }

  /** A value that may be absent. */
  public static DeclType optional(DeclType type) {
    return new Builder(Kind.OPTIONAL, "optional_type").elem(type).build();
  }

  /** A library's type, such as {@code kubernetes.authorization.Authorizer}. */
  public static DeclType opaque(String name) {
    return new Builder(Kind.OPAQUE, name).unmeasured().build();
  }

  private static DeclType custom(ObjectNode openApi, boolean root, String name) {
    if (openApi.path("x-kubernetes-int-or-string").asBoolean(false)) {
      long most = openApi.has("maxLength") ? 4 * bound(openApi, "maxLength") : MAX_REQUEST - 2;
      return new Builder(Kind.DYN, "dyn").sizes(most, 1).nullable(openApi).build();
    }
    return switch (openApi.path("type").asString("")) {
      case "array" -> {
        DeclType items = child(openApi.get("items"), name + ".@idx");
        if (items == null) {
          yield null;
        }
        long most = openApi.has("maxItems") ? bound(openApi, "maxItems") : arrayItems(items);
        Builder list = new Builder(Kind.LIST, "list").elem(items).sizes(most, 2).nullable(openApi);
        switch (openApi.path("x-kubernetes-list-type").asString("")) {
          case "set" -> list.form = ListForm.SET;
          case "map" -> {
            list.form = ListForm.MAP;
            List<String> keys = new ArrayList<>();
            openApi.path("x-kubernetes-list-map-keys").forEach(k -> keys.add(k.asString("")));
            list.keys = List.copyOf(keys);
          }
          default -> {}
        }
        yield list.build();
      }
      case "object" -> customObject(openApi, root, name);
      case "string" -> customString(openApi);
      case "boolean" -> new Builder(Kind.BOOL, "bool").sizes(0, 4).nullable(openApi).build();
      case "number" -> new Builder(Kind.DOUBLE, "double").sizes(0, 1).nullable(openApi).build();
      case "integer" -> new Builder(Kind.INT, "int").sizes(0, 1).nullable(openApi).build();
      default -> null;
    };
  }

  private static DeclType child(JsonNode schema, String name) {
    return schema instanceof ObjectNode o
        ? custom(o, o.path("x-kubernetes-embedded-resource").asBoolean(false), name)
        : null;
  }

  private static DeclType customObject(ObjectNode openApi, boolean root, String name) {
    if (openApi.get("additionalProperties") instanceof ObjectNode values) {
      DeclType type = child(values, name + ".@elem");
      if (type == null) {
        return null;
      }
      long most = openApi.has("maxProperties") ? bound(openApi, "maxProperties") : mapEntries(type);
      return new Builder(Kind.MAP, "map").elem(type).sizes(most, 2).nullable(openApi).build();
    }
    Map<String, JsonNode> properties = new LinkedHashMap<>();
    openApi.path("properties").properties().forEach(e -> properties.put(e.getKey(), e.getValue()));
    Map<String, Member> fields = new HashMap<>();
    if (root) {
      fields.put("kind", new Member("kind", unboundedString()));
      fields.put("apiVersion", new Member("apiVersion", unboundedString()));
      fields.put("metadata", new Member("metadata", metadata(properties.get("metadata"), name)));
      properties.remove("kind");
      properties.remove("apiVersion");
      properties.remove("metadata");
    }
    Map<String, Boolean> required = new HashMap<>();
    openApi.path("required").forEach(r -> required.put(r.asString(""), true));
    long size = 2;
    for (Map.Entry<String, JsonNode> e : properties.entrySet()) {
      String escaped = FieldNames.escape(e.getKey()).orElse("");
      DeclType type = child(e.getValue(), name + "." + escaped);
      if (type == null) {
        continue;
      }
      if (!escaped.isEmpty()) {
        fields.put(escaped, new Member(e.getKey(), type));
      }
      if (required.containsKey(e.getKey()) && !e.getValue().has("default")) {
        size += e.getKey().length() + type.minSize + 4;
      }
    }
    return new Builder(Kind.OBJECT, name).fields(fields).sizes(0, size).nullable(openApi).build();
  }

  private static DeclType metadata(JsonNode declared, String name) {
    Map<String, Member> fields = new HashMap<>();
    fields.put("name", new Member("name", boundedName(declared, "name")));
    fields.put("generateName", new Member("generateName", boundedName(declared, "generateName")));
    return new Builder(Kind.OBJECT, name + ".metadata").fields(fields).sizes(0, 2).build();
  }

  private static DeclType boundedName(JsonNode metadata, String field) {
    if (metadata != null && metadata.path("properties").get(field) instanceof ObjectNode o) {
      DeclType type = customString(o);
      return type.kind == Kind.STRING ? type : unboundedString();
    }
    return unboundedString();
  }

  private static DeclType unboundedString() {
    return new Builder(Kind.STRING, "string").sizes(MAX_REQUEST - 2, 2).build();
  }

  private static DeclType customString(ObjectNode openApi) {
    Builder type =
        switch (openApi.path("format").asString("")) {
          case "byte" ->
              new Builder(Kind.BYTES, "bytes")
                  .sizes(
                      openApi.has("maxLength") ? bound(openApi, "maxLength") : MAX_REQUEST - 2, 2);
          case "duration" -> new Builder(Kind.DURATION, "google.protobuf.Duration").sizes(32, 3);
          case "date" -> new Builder(Kind.TIMESTAMP, "google.protobuf.Timestamp").sizes(12, 12);
          case "date-time" ->
              new Builder(Kind.TIMESTAMP, "google.protobuf.Timestamp").sizes(32, 21);
          default -> new Builder(Kind.STRING, "string").sizes(stringLength(openApi), 2);
        };
    return type.nullable(openApi).build();
  }

  private static long stringLength(ObjectNode openApi) {
    if (openApi.has("maxLength")) {
      return 4 * bound(openApi, "maxLength");
    }
    JsonNode values = openApi.path("enum");
    if (!values.isEmpty()) {
      long longest = 0;
      for (JsonNode value : values) {
        longest = Math.max(longest, utf8Length(value.asString("")));
      }
      return longest;
    }
    return MAX_REQUEST - 2;
  }

  private static long utf8Length(String text) {
    return text.codePoints()
        .mapToLong(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
        .sum();
  }

  private static long bound(ObjectNode openApi, String field) {
    return Math.max(0, Math.min(openApi.path(field).asLong(0), Long.MAX_VALUE / 8));
  }

  private static long arrayItems(DeclType items) {
    return (MAX_REQUEST - 2) / (items.minSize + 1);
  }

  private static long mapEntries(DeclType values) {
    return (MAX_REQUEST - 2) / (values.minSize + 6);
  }

  private static DeclType builtIn(Schema schema, String name, Set<String> outer) {
    if (!schema.constraints().openApi().isEmpty()) {
      DeclType type = child(schema.constraints().openApi(), name);
      return type == null ? DYN : type;
    }
    return switch (schema) {
      case ObjectSchema object -> {
        if (outer.contains(object.name())) {
          yield DYN;
        }
        Set<String> here = new HashSet<>(outer);
        here.add(object.name());
        Map<String, Member> fields = new HashMap<>();
        for (Field field : object.fields()) {
          FieldNames.escape(field.name())
              .ifPresent(
                  escaped ->
                      fields.put(
                          escaped,
                          new Member(
                              field.name(), builtIn(field.schema(), name + "." + escaped, here))));
        }
        yield new Builder(Kind.OBJECT, name).fields(fields).sizes(0, 2).build();
      }
      case ListSchema list -> list(builtIn(list.items(), name + ".@idx", outer));
      case MapSchema map -> map(builtIn(map.values(), name + ".@elem", outer));
      case ScalarSchema scalar ->
          switch (scalar.type()) {
            case STRING, QUANTITY -> unboundedString();
            case BYTES -> new Builder(Kind.BYTES, "bytes").sizes(MAX_REQUEST - 2, 2).build();
            case BOOLEAN -> BOOL;
            case INT32, INT64, INTEGER -> INT;
            case DOUBLE -> DOUBLE;
            case INT_OR_STRING -> new Builder(Kind.DYN, "dyn").sizes(MAX_REQUEST - 2, 1).build();
            case TIME, MICRO_TIME ->
                new Builder(Kind.TIMESTAMP, "google.protobuf.Timestamp").sizes(32, 21).build();
          };
      case AnySchema _ -> DYN;
    };
  }

  /** Which kind of type. */
  public Kind kind() {
    return kind;
  }

  /** Its name in messages. */
  public String name() {
    return name;
  }

  /** The fields of an object by the names that expressions use; empty for others. */
  public Map<String, Member> fields() {
    return fields;
  }

  /** What a list, map or optional holds; null for others. */
  public DeclType elem() {
    return elem;
  }

  /** The most elements, entries, characters or bytes. */
  public long maxElements() {
    return maxElements;
  }

  /** Whether {@link #maxElements()} says anything. */
  public boolean measured() {
    return measured;
  }

  /** The least number of bytes of its JSON. */
  public long minSize() {
    return minSize;
  }

  /** How often a value of this type can occur in the largest request. */
  public long maxCardinality() {
    return MAX_REQUEST / (minSize + 1);
  }

  /** Whether null is a value. */
  public boolean nullable() {
    return nullable;
  }

  /** How a list compares and grows. */
  public ListForm form() {
    return form;
  }

  /** The fields that tell the elements of a {@link ListForm#MAP} apart. */
  public List<String> keys() {
    return keys;
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Builder {
    private final Kind kind;
    private final String name;
    private Map<String, Member> fields = Map.of();
    private DeclType elem;
    private long maxElements;
    private long minSize = 1;
    private boolean nullable;
    private ListForm form = ListForm.PLAIN;
    private List<String> keys = List.of();
    private boolean measured = true;

    Builder(Kind kind, String name) {
      this.kind = kind;
      this.name = requireNonNull(name);
    }

    Builder fields(Map<String, Member> fields) {
      this.fields = Map.copyOf(fields);
      return this;
    }

    Builder elem(DeclType elem) {
      this.elem = requireNonNull(elem);
      return this;
    }

    Builder sizes(long maxElements, long minSize) {
      this.maxElements = maxElements;
      this.minSize = minSize;
      return this;
    }

    Builder unmeasured() {
      this.measured = false;
      this.minSize = kind == Kind.STRING || kind == Kind.OBJECT ? 2 : 1;
      return this;
    }

    Builder nullable(ObjectNode openApi) {
      this.nullable = openApi.path("nullable").asBoolean(false);
      return this;
    }

    DeclType build() {
      return new DeclType(this);
    }
  }
}
