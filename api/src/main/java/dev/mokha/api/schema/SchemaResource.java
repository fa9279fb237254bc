package dev.mokha.api.schema;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.InflaterInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads the schema resource that the build generates.
 *
 * <p>The file, format 1: an int of magic, a short of format, four ints with the lengths in bytes of
 * the four parts that follow:
 *
 * <ol>
 *   <li>names: a table of strings
 *   <li>index: the number of definitions; for each its name, the length of its body, and its kinds
 *       as group, version, kind
 *   <li>bodies: see {@link #decode(int)}; each is read when first asked for
 *   <li>prose: a table of strings, deflated; inflated when a description is first asked for
 * </ol>
 *
 * <p>Numbers are unsigned, seven bits a byte, low bits first. A string is written as its place in
 * the table of names or prose. A table is a count, the length of each string in bytes, and then the
 * bytes of all of them in UTF-8.
 */
final class SchemaResource {
  private static final int MAGIC = 0x4d534348;
  private static final int FORMAT = 1;

  private final byte[] bytes;
  private final Strings names;
  private final int proseStart;
  private final String[] definitions;
  private final int[] bodyStarts;
  private final Schema[] decoded;
  private final Map<String, Integer> byName;
  private final Map<GroupVersionKind, Integer> byKind;
  private Strings prose;

  SchemaResource(byte[] bytes) {
    this.bytes = bytes;
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (header.getInt() != MAGIC || header.getShort() != FORMAT) {
      throw new IllegalStateException(
          "The schema resource is not of format " + FORMAT + ": build the api module anew");
    }
    int namesStart = 4 + 2 + 4 * 4;
    int indexStart = namesStart + header.getInt(6);
    int bodiesStart = indexStart + header.getInt(10);
    this.proseStart = bodiesStart + header.getInt(14);
    this.names = new Strings(bytes, namesStart);
    Cursor index = new Cursor(bytes, indexStart);
    int count = index.number();
    this.definitions = new String[count];
    this.bodyStarts = new int[count];
    this.decoded = new Schema[count];
    this.byName = HashMap.newHashMap(count);
    this.byKind = HashMap.newHashMap(count);
    int start = bodiesStart;
    for (int i = 0; i < count; i++) {
      definitions[i] = names.get(index.number());
      byName.put(definitions[i], i);
      bodyStarts[i] = start;
      start += index.number();
      for (int kinds = index.number(); kinds > 0; kinds--) {
        byKind.putIfAbsent(kind(index), i);
      }
    }
  }

  static SchemaResource load() {
    try (InputStream in = SchemaResource.class.getResourceAsStream("builtin.schema")) {
      if (in == null) {
        throw new IllegalStateException(
            "The schema resource is missing: build the api module with Maven");
      }
      return new SchemaResource(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> definitions() {
    return List.of(definitions);
  }

  Map<GroupVersionKind, Integer> kinds() {
    return Collections.unmodifiableMap(byKind);
  }

  /** The place of that definition, or -1. */
  int place(String definition) {
    return byName.getOrDefault(definition, -1);
  }

  /** The place of that kind's definition, or -1. */
  int place(GroupVersionKind kind) {
    return byKind.getOrDefault(kind, -1);
  }

  /** The definition at that place. */
  Schema get(int place) {
    synchronized (decoded) {
      Schema schema = decoded[place];
      if (schema == null) {
        schema = decode(place);
        decoded[place] = schema;
      }
      return schema;
    }
  }

  /** The prose of the definition at that place. */
  String description(int place) {
    return prose(new Cursor(bytes, bodyStarts[place]).number());
  }

  /**
   * A body is its prose and then a type, or {@code o} for an object: map type, unions, fields. A
   * type is a letter and what it needs: {@code s} scalar, {@code a} any, {@code r} reference to a
   * definition, {@code l} list type, keys and item type, {@code m} map type and value type.
   */
  private Schema decode(int place) {
    Cursor in = new Cursor(bytes, bodyStarts[place]);
    int text = in.number();
    if (in.peek() != 'o') {
      return type(in).get();
    }
    in.octet();
    MapType mapType = MAP_TYPES[in.octet()];
    List<ObjectSchema.Union> unions = new ArrayList<>();
    for (int n = in.number(); n > 0; n--) {
      String discriminator = names.get(in.number());
      Map<String, String> members = new LinkedHashMap<>();
      for (int m = in.number(); m > 0; m--) {
        members.put(names.get(in.number()), names.get(in.number()));
      }
      unions.add(new ObjectSchema.Union(discriminator, members));
    }
    List<Field> fields = new ArrayList<>();
    for (int n = in.number(); n > 0; n--) {
      fields.add(field(in));
    }
    return new ObjectSchema(
        definitions[place],
        () -> prose(text),
        fields,
        new ObjectSchema.Traits(mapType, kindsOf(place), unions, false, null, false),
        Constraints.NONE);
  }

  private List<GroupVersionKind> kindsOf(int place) {
    Cursor index = new Cursor(bytes, bodyStarts[0] - indexLength());
    index.number();
    for (int i = 0; ; i++) {
      index.number();
      index.number();
      List<GroupVersionKind> kinds = new ArrayList<>();
      for (int n = index.number(); n > 0; n--) {
        kinds.add(kind(index));
      }
      if (i == place) {
        return kinds;
      }
    }
  }

  private int indexLength() {
    return ByteBuffer.wrap(bytes).getInt(10);
  }

  private GroupVersionKind kind(Cursor in) {
    return new GroupVersionKind(
        names.get(in.number()), names.get(in.number()), names.get(in.number()));
  }

  private static final MapType[] MAP_TYPES = MapType.values();
  private static final ListType[] LIST_TYPES = ListType.values();
  private static final ScalarType[] SCALAR_TYPES = ScalarType.values();
  private static final AnySchema.Kind[] ANY_KINDS = AnySchema.Kind.values();

  private Field field(Cursor in) {
    String name = names.get(in.number());
    Supplier<Schema> type = type(in);
    boolean required = in.octet() == 1;
    int text = in.number();
    String defaultJson = names.get(in.number());
    String goType = names.get(in.number());
    List<String> enumValues = strings(in);
    List<String> strategies = strings(in);
    String mergeKey = names.get(in.number());
    MapType mapType = MAP_TYPES[in.octet()];
    List<Integer> protobuf = new ArrayList<>();
    for (int n = in.number(); n > 0; n--) {
      protobuf.add(in.number());
    }
    return new Field(
        name,
        type,
        () -> prose(text),
        new Field.Traits(
            required,
            literal(defaultJson),
            enumValues,
            goType,
            strategies,
            mergeKey,
            mapType,
            protobuf));
  }

  /** Most defaults are simple enough not to wait for the JSON parser's classes at start-up. */
  private static JsonNode literal(String json) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    if (json.isEmpty()) {
      return null;
    }
    if (json.equals("{}")) {
      return make.objectNode();
    }
    if (json.charAt(0) == '"' && json.indexOf('\\') < 0) {
      return make.stringNode(json.substring(1, json.length() - 1));
    }
    if (json.equals("true") || json.equals("false")) {
      return make.booleanNode(json.equals("true"));
    }
    return Character.isDigit(json.charAt(0))
        ? make.numberNode(Integer.parseInt(json))
        : Json.MAPPER.readTree(json);
  }

  private List<String> strings(Cursor in) {
    int n = in.number();
    if (n == 0) {
      return List.of();
    }
    List<String> list = new ArrayList<>(n);
    for (; n > 0; n--) {
      list.add(names.get(in.number()));
    }
    return list;
  }

  /** Reads a type now; what it refers to is looked up later, for types may contain themselves. */
  private Supplier<Schema> type(Cursor in) {
    int letter = in.octet();
    switch (letter) {
      case 's' -> {
        Schema scalar = ScalarSchema.of(SCALAR_TYPES[in.octet()]);
        return () -> scalar;
      }
      case 'a' -> {
        Schema any = AnySchema.of(ANY_KINDS[in.octet()]);
        return () -> any;
      }
      case 'r' -> {
        int target = in.number();
        return () -> get(target);
      }
      case 'l' -> {
        ListType listType = LIST_TYPES[in.octet()];
        List<String> keys = strings(in);
        Supplier<Schema> items = type(in);
        return () -> new ListSchema(items.get(), listType, keys, Constraints.NONE);
      }
      case 'm' -> {
        MapType mapType = MAP_TYPES[in.octet()];
        Supplier<Schema> values = type(in);
        return () -> new MapSchema(values.get(), mapType, Constraints.NONE);
      }
      default -> throw new IllegalStateException("The schema resource is damaged: type " + letter);
    }
  }

  private synchronized String prose(int place) {
    if (prose == null) {
      try (InputStream in =
          new InflaterInputStream(
              new ByteArrayInputStream(bytes, proseStart, bytes.length - proseStart))) {
        prose = new Strings(in.readAllBytes(), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return prose.get(place);
  }

  /** A table of strings, each made when first asked for. */
  private static final class Strings {
    private final byte[] bytes;
    private final int[] starts;
    private final String[] made;

    Strings(byte[] bytes, int start) {
      this.bytes = bytes;
      Cursor in = new Cursor(bytes, start);
      int count = in.number();
      this.starts = new int[count + 1];
      this.made = new String[count];
      int offset = 0;
      for (int i = 0; i < count; i++) {
        starts[i] = offset;
        offset += in.number();
      }
      starts[count] = offset;
      for (int i = 0; i <= count; i++) {
        starts[i] += in.position;
      }
    }

    String get(int place) {
      String s = made[place];
      if (s == null) {
        s =
            new String(
                bytes, starts[place], starts[place + 1] - starts[place], StandardCharsets.UTF_8);
        made[place] = s;
      }
      return s;
    }
  }

  /** A place in the bytes that moves on as it is read. */
  private static final class Cursor {
    private final byte[] bytes;
    private int position;

    Cursor(byte[] bytes, int position) {
      this.bytes = bytes;
      this.position = position;
    }

    int peek() {
      return bytes[position];
    }

    int octet() {
      return bytes[position++];
    }

    int number() {
      int value = 0;
      for (int shift = 0; ; shift += 7) {
        int b = bytes[position++];
        value |= (b & 0x7f) << shift;
        if (b >= 0) {
          return value;
        }
      }
    }
  }
}
