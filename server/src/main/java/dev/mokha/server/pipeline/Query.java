package dev.mokha.server.pipeline;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parameters of a request, as its query string gives them. Immutable. */
public final class Query {
  /** No parameters. */
  public static final Query NONE = new Query("", Map.of());

  private final String text;
  private final Map<String, List<String>> values;

  private Query(String text, Map<String, List<String>> values) {
    this.text = text;
    this.values = values;
  }

  /** The text it was parsed from. */
  public String text() {
    return text;
  }

  /** Parses the part of a URI after the question mark; null or empty for none. */
  public static Query parse(String text) {
    if (text == null || text.isEmpty()) {
      return NONE;
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    int from = 0;
    while (from <= text.length()) {
      int end = text.indexOf('&', from);
      if (end < 0) {
        end = text.length();
      }
      if (end > from) {
        int equal = text.indexOf('=', from);
        String name = decode(text.substring(from, equal < 0 || equal > end ? end : equal));
        String value = equal < 0 || equal > end ? "" : decode(text.substring(equal + 1, end));
        values.computeIfAbsent(name, k -> new ArrayList<>(1)).add(value);
      }
      from = end + 1;
    }
    return new Query(text, values);
  }

  /** These parameters, those with an empty value left out. */
  public static Query of(Map<String, String> parameters) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    parameters.forEach(
        (k, v) -> {
          if (!v.isEmpty()) {
            values.put(k, List.of(v));
          }
        });
    return values.isEmpty() ? NONE : new Query("", values);
  }

  private static String decode(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** The first value; empty when there is none. */
  public String get(String name) {
    List<String> all = values.get(name);
    return all == null ? "" : all.get(0);
  }

  /** All values. */
  public List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** True for {@code name}, {@code name=true} and {@code name=1}. */
  public boolean isTrue(String name) {
    List<String> all = values.get(name);
    return all != null && !all.get(0).equals("false") && !all.get(0).equals("0");
  }

  /** True when the parameter is there, whatever its value. */
  public boolean has(String name) {
    return values.containsKey(name);
  }
}
