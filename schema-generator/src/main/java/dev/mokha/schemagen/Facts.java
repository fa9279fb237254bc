package dev.mokha.schemagen;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Our own tables: text files beside this class, one fact a line, {@code #} for comments. A wrong
 * name in one of them stops the build, see {@link #checkAllUsed}.
 */
final class Facts {
  /**
   * A package of types.
   *
   * @param name such as {@code io.k8s.api.apps.v1}
   * @param group the API group of its kinds, or {@code -} when it has none of its own
   */
  record Package(String name, String group, String version, List<String> types) {}

  private final List<Package> packages = new ArrayList<>();
  private final Map<String, Map<String, String>> merge = new TreeMap<>();
  private final Map<String, String> types = new TreeMap<>();
  private final Map<String, String> defaults = new TreeMap<>();
  private final Map<String, List<String>> enums = new TreeMap<>();
  private final Map<String, List<Definition.Union>> unions = new TreeMap<>();
  private final Map<String, Map<String, List<Integer>>> protobuf = new TreeMap<>();
  private final Map<String, List<String>> metaKinds = new TreeMap<>();
  private final Map<String, String> descriptions = new TreeMap<>();

  Facts() {
    readPackages();
    for (String line : lines("merge.txt")) {
      String[] words = line.split(" +");
      merge.put(words[0], pairs(words, 1));
    }
    for (String line : lines("types.txt")) {
      String[] words = line.split(" +");
      types.put(words[0], words[1]);
    }
    for (String line : lines("defaults.txt")) {
      String[] words = line.split(" +", 2);
      defaults.put(words[0], words[1]);
    }
    for (String line : lines("enums.txt")) {
      String[] words = line.split(" +");
      enums.put(words[0], Arrays.asList(words).subList(1, words.length));
    }
    for (String line : lines("unions.txt")) {
      String[] words = line.split(" +");
      Map<String, String> members = pairs(words, 1);
      String discriminator = members.remove("discriminator");
      unions
          .computeIfAbsent(words[0], _ -> new ArrayList<>())
          .add(new Definition.Union(discriminator, members));
    }
    for (String line : lines("protobuf.txt")) {
      String[] words = line.split(" +");
      Map<String, List<Integer>> numbers = new HashMap<>();
      pairs(words, 1)
          .forEach(
              (field, path) ->
                  numbers.put(
                      field, Arrays.stream(path.split("\\.")).map(Integer::valueOf).toList()));
      protobuf.put(words[0], numbers);
    }
    for (String line : lines("kinds.txt")) {
      String[] words = line.split(" +");
      for (String type : words[0].split(",")) {
        metaKinds.put(type, Arrays.asList(words).subList(1, words.length));
      }
    }
    for (String line : lines("descriptions.txt")) {
      String[] words = line.split(" +", 2);
      descriptions.put(words[0], words[1]);
    }
  }

  List<Package> packages() {
    return packages;
  }

  /** What apply and patch do with a type or field; empty when nothing is said. */
  Map<String, String> merge(String path) {
    return merge.getOrDefault(path, Map.of());
  }

  /** The type that a field's Java class does not tell, or null. */
  String type(String path) {
    return types.get(path);
  }

  /** The default of a field as JSON, or empty. */
  String defaultJson(String path) {
    return defaults.getOrDefault(path, "");
  }

  /** Go type and then the allowed values of a field; empty when it is free. */
  List<String> enumOf(String path) {
    return enums.getOrDefault(path, List.of());
  }

  List<Definition.Union> unions(String definition) {
    return unions.getOrDefault(definition, List.of());
  }

  /** Protobuf numbers that no descriptor has, or has otherwise, by field. */
  Map<String, List<Integer>> protobuf(String definition) {
    return protobuf.getOrDefault(definition, Map.of());
  }

  /** {@code group/version} for a kind of the meta package. */
  List<String> metaKinds(String type) {
    return metaKinds.getOrDefault(type, List.of());
  }

  /** Our own description of a type or field, or empty. */
  String description(String path) {
    return descriptions.getOrDefault(path, "");
  }

  /** Fails when a table names a type or field that does not exist. */
  void checkAllUsed(List<Definition> definitions) {
    List<String> known = new ArrayList<>();
    for (Definition definition : definitions) {
      known.add(definition.name());
      definition.fields().forEach(f -> known.add(definition.name() + "." + f.name()));
    }
    List<String> unknown = new ArrayList<>();
    for (Map<String, ?> table :
        List.of(merge, types, defaults, enums, unions, protobuf, descriptions)) {
      unknown.addAll(table.keySet());
    }
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "The fact tables name what does not exist: " + String.join(", ", unknown));
    }
  }

  private void readPackages() {
    Package current = null;
    for (String line : lines("definitions.txt")) {
      if (line.startsWith("[")) {
        String[] parts = line.substring(1, line.length() - 1).split("\\|");
        current = new Package(parts[0].trim(), parts[1].trim(), parts[2].trim(), new ArrayList<>());
        packages.add(current);
      } else if (current != null) {
        current.types().addAll(Arrays.asList(line.split(" +")));
      }
    }
  }

  private static Map<String, String> pairs(String[] words, int from) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = from; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      map.put(words[i].substring(0, equals), words[i].substring(equals + 1));
    }
    return map;
  }

  private static List<String> lines(String file) {
    try (InputStream in = Facts.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("The fact table " + file + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
