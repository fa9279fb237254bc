package dev.mokha.engine.build.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The flags between an instruction's name and its arguments. */
final class Flags {
  private static final Set<String> REPEATABLE = Set.of("mount", "exclude");

  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final String rest;

  private Flags(String rest) {
    this.rest = rest;
  }

  /**
   * Reads them.
   *
   * @param strings flags that take a value
   * @param booleans flags that may
   * @throws IllegalArgumentException for others, and missing values
   */
  static Flags read(String arguments, char escape, Set<String> strings, Set<String> booleans) {
    int at = 0;
    List<String> words = new ArrayList<>();
    while (true) {
      while (at < arguments.length() && Words.isSpace(arguments.charAt(at))) {
        at++;
      }
      if (!arguments.startsWith("--", at)) {
        break;
      }
      int end = wordEnd(arguments, at, escape);
      String word = arguments.substring(at, end);
      at = end;
      if (word.equals("--")) {
        break;
      }
      words.add(word);
    }
    Flags flags = new Flags(arguments.substring(at).strip());
    for (String word : words) {
      flags.add(unquote(word, escape), strings, booleans);
    }
    return flags;
  }

  private static int wordEnd(String text, int start, char escape) {
    char open = 0;
    int at = start;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (open == 0 && Words.isSpace(c)) {
        break;
      }
      if (c == escape && open != '\'') {
        at++;
      } else if (open == 0 && (c == '"' || c == '\'')) {
        open = c;
      } else if (c == open) {
        open = 0;
      }
      at++;
    }
    return Math.min(at, text.length());
  }

  private static String unquote(String word, char escape) {
    StringBuilder result = new StringBuilder();
    char open = 0;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == escape && open != '\'' && i + 1 < word.length()) {
        result.append(word.charAt(++i));
      } else if (open == 0 && (c == '"' || c == '\'')) {
        open = c;
      } else if (open != 0 && c == open) {
        open = 0;
      } else {
        result.append(c);
      }
    }
    return result.toString();
  }

  private void add(String word, Set<String> strings, Set<String> booleans) {
    int equals = word.indexOf('=');
    String name = word.substring(2, equals < 0 ? word.length() : equals);
    if (values.containsKey(name) && !REPEATABLE.contains(name)) {
      throw new IllegalArgumentException("duplicate flag specified: --" + name);
    }
    if (booleans.contains(name)) {
      String value = equals < 0 ? "true" : word.substring(equals + 1).toLowerCase(Locale.ROOT);
      if (!value.equals("true") && !value.equals("false")) {
        throw new IllegalArgumentException(
            "expecting boolean value for flag --" + name + ", not: " + value);
      }
      values.put(name, List.of(value));
      return;
    }
    if (!strings.contains(name)) {
      Set<String> all = new java.util.TreeSet<>(strings);
      all.addAll(booleans);
      throw new IllegalArgumentException("unknown flag: --" + name + Suggestion.of(name, all));
    }
    if (equals < 0) {
      throw new IllegalArgumentException("missing a value on flag: --" + name);
    }
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(word.substring(equals + 1));
  }

  /** What comes after the flags. */
  String rest() {
    return rest;
  }

  /** A flag's value; empty when it is not there. */
  String get(String name) {
    return values.getOrDefault(name, List.of("")).getLast();
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  boolean is(String name) {
    return get(name).equals("true");
  }
}
