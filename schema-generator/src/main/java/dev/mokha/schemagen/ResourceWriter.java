package dev.mokha.schemagen;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes the schema resource. Its reader, {@code dev.mokha.api.schema.SchemaResource}, documents
 * the format; both carry the same format number and change together.
 */
final class ResourceWriter {
  static final int MAGIC = 0x4d534348;
  static final int FORMAT = 1;

  private final Map<String, Integer> names = new LinkedHashMap<>();
  private final Map<String, Integer> prose = new LinkedHashMap<>();
  private final Map<String, Integer> definitions = new LinkedHashMap<>();

  byte[] write(List<Definition> all) throws IOException {
    name("");
    prose.put("", 0);
    for (Definition definition : all) {
      definitions.put(definition.name(), definitions.size());
    }
    List<byte[]> bodies = new ArrayList<>();
    for (Definition definition : all) {
      bodies.add(body(definition));
    }
    ByteArrayOutputStream index = new ByteArrayOutputStream();
    number(index, all.size());
    for (int i = 0; i < all.size(); i++) {
      Definition definition = all.get(i);
      number(index, name(definition.name()));
      number(index, bodies.get(i).length);
      number(index, definition.kinds().size());
      for (String kind : definition.kinds()) {
        String[] parts = kind.split("/");
        for (String part : parts) {
          number(index, name(part));
        }
      }
    }

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeShort(FORMAT);
    byte[] nameTable = table(names);
    byte[] proseTable = deflate(table(prose));
    int length = bodies.stream().mapToInt(b -> b.length).sum();
    out.writeInt(nameTable.length);
    out.writeInt(index.size());
    out.writeInt(length);
    out.writeInt(proseTable.length);
    out.write(nameTable);
    index.writeTo(out);
    for (byte[] body : bodies) {
      out.write(body);
    }
    out.write(proseTable);
    out.flush();
    return bytes.toByteArray();
  }

  private byte[] body(Definition d) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(out, prose(d.description()));
    if (d.body() != null) {
      type(out, d.body());
      return out.toByteArray();
    }
    out.write('o');
    out.write(mapType(d.mapType()));
    number(out, d.unions().size());
    for (Definition.Union union : d.unions()) {
      number(out, name(union.discriminator()));
      number(out, union.members().size());
      union
          .members()
          .forEach(
              (field, value) -> {
                number(out, name(field));
                number(out, name(value));
              });
    }
    number(out, d.fields().size());
    for (Definition.Field f : d.fields()) {
      number(out, name(f.name()));
      type(out, f.type());
      out.write(f.required() ? 1 : 0);
      number(out, prose(f.description()));
      number(out, name(f.defaultJson()));
      number(out, name(f.goType()));
      strings(out, f.enumValues());
      strings(out, f.patchStrategies());
      number(out, name(f.mergeKey()));
      out.write(mapType(f.mapType()));
      number(out, f.protobuf().size());
      f.protobuf().forEach(n -> number(out, n));
    }
    return out.toByteArray();
  }

  private void type(ByteArrayOutputStream out, Type type) {
    switch (type) {
      case Type.Scalar scalar -> {
        out.write('s');
        out.write(scalar.code());
      }
      case Type.Any any -> {
        out.write('a');
        out.write(any.code());
      }
      case Type.Ref ref -> {
        Integer target = definitions.get(ref.definition());
        if (target == null) {
          throw new IllegalStateException("No definition " + ref.definition());
        }
        out.write('r');
        number(out, target);
      }
      case Type.ListOf list -> {
        out.write('l');
        out.write(List.of("", "atomic", "set", "map").indexOf(list.listType()));
        strings(out, list.keys());
        type(out, list.items());
      }
      case Type.MapOf map -> {
        out.write('m');
        out.write(mapType(map.mapType()));
        type(out, map.values());
      }
    }
  }

  private static int mapType(String word) {
    return List.of("", "granular", "atomic").indexOf(word);
  }

  private void strings(ByteArrayOutputStream out, List<String> words) {
    number(out, words.size());
    words.forEach(w -> number(out, name(w)));
  }

  private int name(String text) {
    return names.computeIfAbsent(text, _ -> names.size());
  }

  private int prose(String text) {
    return prose.computeIfAbsent(text, _ -> prose.size());
  }

  /** Count, then for each string its length in bytes, then all bytes. */
  private static byte[] table(Map<String, Integer> strings) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(out, strings.size());
    for (String s : strings.keySet()) {
      number(out, s.getBytes(StandardCharsets.UTF_8).length);
    }
    for (String s : strings.keySet()) {
      out.writeBytes(s.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  private static byte[] deflate(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Deflater best = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out, best)) {
      deflater.write(bytes);
    } finally {
      best.end();
    }
    return out.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest >= 0x80) {
      out.write(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
