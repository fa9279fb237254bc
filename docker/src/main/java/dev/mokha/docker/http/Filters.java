package dev.mokha.docker.http;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The {@code filters} of a list: for each key the values of which one must fit. Docker's clients
 * send {@code {"label":["a","b=c"]}} or, older, {@code {"label":{"a":true}}}.
 */
public final class Filters {
  /** No filter at all. */
  public static final Filters NONE = new Filters(Map.of());

  private final Map<String, Set<String>> values;

  private Filters(Map<String, Set<String>> values) {
    this.values = values;
  }

  static Filters parse(String json) {
    if (json.isEmpty()) {
      return NONE;
    }
    JsonNode tree;
    try {
      tree = Json.MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw DockerException.invalid("invalid filter");
    }
    if (tree.isNull()) {
      return NONE;
    }
    if (!tree.isObject()) {
      throw DockerException.invalid("invalid filter");
    }
    Map<String, Set<String>> read = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      Set<String> of = read.computeIfAbsent(entry.getKey(), key -> new LinkedHashSet<>());
      JsonNode value = entry.getValue();
      if (value.isArray()) {
        value.forEach(one -> of.add(one.asString("")));
      } else if (value.isObject()) {
        value.properties().stream()
            .filter(one -> one.getValue().asBoolean(false))
            .forEach(one -> of.add(one.getKey()));
      } else {
        throw DockerException.invalid("invalid filter");
      }
    }
    return new Filters(read);
  }

  /**
   * Refuses keys that a list does not know.
   *
   * @throws DockerException 400 in Docker's words
   */
  public Filters only(Collection<String> keys) {
    for (String key : values.keySet()) {
      if (!keys.contains(key)) {
        throw DockerException.invalid("invalid filter '" + key + "'");
      }
    }
    return this;
  }

  /** Whether there is a filter of that key. */
  public boolean has(String key) {
    return !get(key).isEmpty();
  }

  /** The values of a key; empty when it is not filtered by. */
  public Set<String> get(String key) {
    return values.getOrDefault(key, Set.of());
  }

  /** Whether a value is among a key's, or the key is not filtered by. */
  public boolean admits(String key, String value) {
    return !has(key) || get(key).contains(value);
  }

  /**
   * A filter that is yes or no, such as {@code dangling}.
   *
   * @throws DockerException 400 when it is neither
   */
  public boolean bool(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    boolean yes = get(key).contains("true") || get(key).contains("1");
    boolean no = get(key).contains("false") || get(key).contains("0");
    if (yes == no) {
      throw DockerException.invalid(
          "invalid filter '" + key + "=[" + String.join(" ", get(key)) + "]'");
    }
    return yes;
  }

  /** Whether labels have all that {@code label} asks for ({@code key} or {@code key=value}). */
  public boolean matchesLabels(Map<String, String> labels) {
    return get("label").stream().allMatch(wanted -> hasLabel(labels, wanted))
        && get("label!").stream().noneMatch(unwanted -> hasLabel(labels, unwanted));
  }

  private static boolean hasLabel(Map<String, String> labels, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0
        ? labels.containsKey(wanted)
        : wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
  }

  /** All keys. */
  public Set<String> keys() {
    return values.keySet();
  }
}
