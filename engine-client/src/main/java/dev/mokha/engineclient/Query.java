package dev.mokha.engineclient;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The query of a request; immutable, encoded once it is asked for. */
record Query(List<String> pairs) {
  static final Query NONE = new Query(List.of());

  Query {
    pairs = List.copyOf(pairs);
  }

  /** With one more value, if it says anything. */
  Query with(String name, String value) {
    return value == null || value.isEmpty() ? this : add(name, value);
  }

  Query with(String name, boolean value) {
    return value ? add(name, "1") : this;
  }

  Query with(String name, long value) {
    return value == 0 ? this : add(name, Long.toString(value));
  }

  /** Filters as the API wants them: a JSON object of lists. */
  Query filters(Map<String, List<String>> filters) {
    return filters.isEmpty() ? this : add("filters", json(filters));
  }

  static String json(Object value) {
    return JsonMapper.shared().writeValueAsString(value);
  }

  private Query add(String name, String value) {
    List<String> more = new ArrayList<>(pairs);
    more.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
    return new Query(more);
  }

  /** Behind a path; empty for no query. */
  String text() {
    return pairs.isEmpty() ? "" : "?" + String.join("&", pairs);
  }
}
