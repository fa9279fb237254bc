package dev.mokha.server.crd;

import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The part of Kubernetes' JSONPath that printer columns and selectable fields use: names with
 * {@code \.} for a dot in a name, {@code ['name']}, {@code [0]}, {@code [-1]}, {@code [*]}, and
 * filters such as {@code [?(@.type=="Ready")]}.
 *
 * <pre>{@code
 * JsonPath ready = JsonPath.parse(".status.conditions[?(@.type==\"Ready\")].status");
 * List<JsonNode> found = ready.find(object);
 * }</pre>
 */
final class JsonPath {
  private sealed interface Step {}

  private record Name(String name) implements Step {}

  private record Index(int index) implements Step {}

  private record All() implements Step {}

  private record Filter(List<Step> path, String operator, JsonNode operand) implements Step {}

  private final List<Step> steps;

  private JsonPath(List<Step> steps) {
    this.steps = steps;
  }

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException when it is none of ours
   */
  static JsonPath parse(String text) {
    return new JsonPath(new Parser(text).steps());
  }

  /** Everything the path leads to, in order; nulls are left out. */
  List<JsonNode> find(JsonNode root) {
    return find(root, steps);
  }

  private static List<JsonNode> find(JsonNode root, List<Step> steps) {
    List<JsonNode> at = List.of(root);
    for (Step step : steps) {
      List<JsonNode> next = new ArrayList<>();
      for (JsonNode node : at) {
        follow(node, step, next);
      }
      at = next;
    }
    return at;
  }

  private static void follow(JsonNode node, Step step, List<JsonNode> next) {
    switch (step) {
      case Name n -> add(node.get(n.name), next);
      case Index i -> {
        if (node.isArray()) {
          add(node.get(i.index < 0 ? node.size() + i.index : i.index), next);
        }
      }
      case All _ -> node.forEach(v -> add(v, next));
      case Filter f -> {
        for (JsonNode item : node) {
          if (f.operator.isEmpty()
              ? !find(item, f.path).isEmpty()
              : find(item, f.path).stream().anyMatch(v -> holds(v, f.operator, f.operand))) {
            next.add(item);
          }
        }
      }
    }
  }

  private static void add(JsonNode value, List<JsonNode> to) {
    if (value != null && !value.isNull()) {
      to.add(value);
    }
  }

  private static boolean holds(JsonNode value, String operator, JsonNode operand) {
    if (operator.equals("==") || operator.equals("!=")) {
      boolean same =
          value.isNumber() && operand.isNumber()
              ? value.decimalValue().compareTo(operand.decimalValue()) == 0
              : value.equals(operand);
      return same == operator.equals("==");
    }
    int order;
    if (value.isNumber() && operand.isNumber()) {
      order = value.decimalValue().compareTo(operand.decimalValue());
    } else if (value.isString() && operand.isString()) {
      order = value.stringValue().compareTo(operand.stringValue());
    } else {
      return false;
    }
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  /** Reads from left to right. */
  private static final class Parser {
    private static final List<String> OPERATORS = List.of("==", "!=", "<=", ">=", "<", ">");

    private final String text;
    private int at;

    Parser(String text) {
      String inner = text.strip();
      if (inner.startsWith("{") && inner.endsWith("}")) {
        inner = inner.substring(1, inner.length() - 1).strip();
      }
      this.text = inner.startsWith("$") ? inner.substring(1) : inner;
    }

    List<Step> steps() {
      List<Step> steps = new ArrayList<>();
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '.') {
          at++;
          if (at < text.length() && text.charAt(at) == '*') {
            at++;
            steps.add(new All());
          } else if (at < text.length() && text.charAt(at) != '[') {
            steps.add(new Name(name()));
          }
        } else if (c == '[') {
          steps.add(bracket());
        } else if (at == 0) {
          steps.add(new Name(name()));
        } else {
          throw wrong();
        }
      }
      return List.copyOf(steps);
    }

    private String name() {
      StringBuilder name = new StringBuilder();
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '\\' && at + 1 < text.length()) {
          name.append(text.charAt(at + 1));
          at += 2;
        } else if (c == '.' || c == '[') {
          break;
        } else if (c == ']') {
          throw wrong();
        } else {
          name.append(c);
          at++;
        }
      }
      if (name.isEmpty()) {
        throw wrong();
      }
      return name.toString();
    }

    private Step bracket() {
      int end = closing();
      String inside = text.substring(at + 1, end).strip();
      at = end + 1;
      if (inside.equals("*")) {
        return new All();
      }
      if (inside.startsWith("?(") && inside.endsWith(")")) {
        return filter(inside.substring(2, inside.length() - 1).strip());
      }
      if (inside.length() >= 2 && (inside.charAt(0) == '\'' || inside.charAt(0) == '"')) {
        return new Name(inside.substring(1, inside.length() - 1));
      }
      try {
        return new Index(Integer.parseInt(inside));
      } catch (NumberFormatException e) {
        throw wrong();
      }
    }

    /** The bracket that closes the one at hand; those in quotes do not count. */
    private int closing() {
      int depth = 0;
      char quote = 0;
      for (int i = at; i < text.length(); i++) {
        char c = text.charAt(i);
        if (quote != 0) {
          quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
          quote = c;
        } else if (c == '[') {
          depth++;
        } else if (c == ']' && --depth == 0) {
          return i;
        }
      }
      throw wrong();
    }

    private Step filter(String condition) {
      for (String operator : OPERATORS) {
        int place = condition.indexOf(operator);
        if (place > 0) {
          return new Filter(
              ofItem(condition.substring(0, place)),
              operator,
              literal(condition.substring(place + operator.length()).strip()));
        }
      }
      return new Filter(ofItem(condition), "", Json.MAPPER.nullNode());
    }

    private List<Step> ofItem(String path) {
      String p = path.strip();
      if (!p.startsWith("@")) {
        throw wrong();
      }
      return new Parser(p.substring(1)).steps();
    }

    private JsonNode literal(String word) {
      if (word.length() >= 2 && word.startsWith("'") && word.endsWith("'")) {
        return Json.MAPPER.stringNode(word.substring(1, word.length() - 1));
      }
      try {
        JsonNode value = Json.MAPPER.readTree(word);
        if (!value.isValueNode()) {
          throw wrong();
        }
        return value;
      } catch (JacksonException e) {
        throw wrong();
      }
    }

    private IllegalArgumentException wrong() {
      return new IllegalArgumentException("not a path: " + text);
    }
  }
}
