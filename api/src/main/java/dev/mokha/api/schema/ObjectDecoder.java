package dev.mokha.api.schema;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads a request's body into a tree that fits its schema, and says what in it was not understood.
 *
 * <pre>{@code
 * Decoded decoded = ObjectDecoder.json(body, gvk, schema);
 * decoded.refuseIf(fieldValidation); // 400 on unknown or duplicate fields when strict
 * ObjectNode tree = decoded.tree();
 * List<String> warnings = fieldValidation == WARN ? decoded.problems() : List.of();
 * }</pre>
 */
public final class ObjectDecoder {
  private static final int MOST_PROBLEMS = 100;
  private static final int MOST_SHOWN = 30;

  /** Made when the first YAML comes; most servers never see any. */
  private static final class Yaml {
    static final YAMLMapper MAPPER = YAMLMapper.builder(YAMLFactory.builder().build()).build();
  }

  /**
   * What came of a body.
   *
   * @param tree fits the schema; the caller's own
   * @param problems one message for each unknown or duplicate field, as Kubernetes words them
   * @param kind what the body was read as
   */
  public record Decoded(ObjectNode tree, List<String> problems, GroupVersionKind kind) {
    /** Copies the problems. */
    public Decoded {
      problems = List.copyOf(problems);
    }

    /**
     * Refuses the body when there are problems and they matter.
     *
     * @throws StatusException 400 when there are problems and the validation is strict
     */
    public void refuseIf(FieldValidation validation) {
      if (validation == FieldValidation.STRICT && !problems.isEmpty()) {
        throw unreadable(kind, "strict decoding error: " + String.join(", ", problems));
      }
    }
  }

  private ObjectDecoder() {}

  /**
   * Reads JSON.
   *
   * @param kind what the body should be, for messages
   * @throws StatusException 400 when it is not JSON or not of that shape
   */
  public static Decoded json(byte[] body, GroupVersionKind kind, ObjectSchema schema) {
    return read(Json.MAPPER, body, kind, schema);
  }

  /**
   * Reads one YAML document as it is, without a schema.
   *
   * @throws StatusException 400 when it is not YAML
   */
  public static JsonNode yaml(byte[] body) {
    try {
      return Yaml.MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw StatusException.badRequest("the YAML can't be read: " + e.getOriginalMessage());
    }
  }

  /**
   * Reads one YAML document.
   *
   * @param kind what the body should be, for messages
   * @throws StatusException 400 when it is not YAML or not of that shape
   */
  public static Decoded yaml(byte[] body, GroupVersionKind kind, ObjectSchema schema) {
    return read(Yaml.MAPPER, body, kind, schema);
  }

  /**
   * The body of an apply: as {@link #yaml}, but unknown fields are a mistake of the whole
   * configuration, and fields given twice are told by their lines.
   *
   * @param tree fits the schema, but for the unknown fields that were dropped
   * @param undeclared the unknown fields: {@code .spec.foo}
   * @param duplicates such as {@code line 8: key "replicas" already set in map}
   */
  public record Applied(ObjectNode tree, List<String> undeclared, List<String> duplicates) {
    /** Copies the lists. */
    public Applied {
      undeclared = List.copyOf(undeclared);
      duplicates = List.copyOf(duplicates);
    }
  }

  /**
   * Reads the body of an apply.
   *
   * @throws StatusException 400 when it is not YAML or not of that shape
   */
  public static Applied applied(byte[] body, GroupVersionKind kind, ObjectSchema schema) {
    List<String> problems = new ArrayList<>(0);
    ObjectNode tree = tree(Yaml.MAPPER, body, kind, new Problems(problems, true));
    List<String> unknown = check(tree, new ArrayList<>(0), kind, schema).problems();
    return new Applied(
        tree,
        unknown.stream()
            .map(u -> "." + u.substring("unknown field \"".length(), u.length() - 1))
            .toList(),
        problems);
  }

  /** The fields that a patch in JSON gives twice, as {@link Decoded#problems} words them. */
  public static List<String> duplicates(byte[] json) {
    List<String> problems = new ArrayList<>(0);
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      parser.nextToken();
      JsonNode _ = value(parser, new Problems(problems, false));
    } catch (JacksonException | IllegalStateException e) {
      return List.of(); // Whoever applies it tells what is wrong.
    }
    return problems;
  }

  /** Where duplicate fields are noted, and whether by their lines. */
  private record Problems(List<String> found, boolean byLine) {
    void duplicate(JsonParser parser, String name, int line) {
      if (found.size() < MOST_PROBLEMS) {
        found.add(
            byLine
                ? "line %d: key \"%s\" already set in map".formatted(line, name)
                : "duplicate field \"" + path(parser.streamReadContext()) + "\"");
      }
    }
  }

  /**
   * Makes a tree fit that a patch has made.
   *
   * @param tree changed in place
   * @throws StatusException 400 when it is not of that shape
   */
  public static Decoded tree(ObjectNode tree, GroupVersionKind kind, ObjectSchema schema) {
    return check(tree, new ArrayList<>(0), kind, schema);
  }

  private static Decoded read(
      ObjectMapper language, byte[] body, GroupVersionKind kind, ObjectSchema schema) {
    List<String> problems = new ArrayList<>(0);
    ObjectNode tree = tree(language, body, kind, new Problems(problems, false));
    return inOrder(check(tree, problems, kind, schema), language, body, schema);
  }

  /**
   * A built-in type's reader meets unknown and duplicate fields in the order of the body; a custom
   * type's reader tells duplicate ones first.
   */
  private static Decoded inOrder(
      Decoded decoded, ObjectMapper language, byte[] body, ObjectSchema schema) {
    List<String> problems = decoded.problems();
    if (problems.size() < 2
        || !schema.isBuiltIn()
        || !problems.get(0).startsWith("duplicate")
        || problems.getLast().startsWith("duplicate")) {
      return decoded;
    }
    Map<String, Integer> places = new HashMap<>();
    try (JsonParser parser = language.createParser(body)) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.PROPERTY_NAME) {
          String path = path(parser.streamReadContext());
          String unknown = "unknown field \"" + path + "\"";
          if (places.putIfAbsent(unknown, places.size()) != null) {
            places.putIfAbsent("duplicate field \"" + path + "\"", places.size());
          }
        }
      }
    }
    List<String> sorted = new ArrayList<>(problems);
    sorted.sort(Comparator.comparingInt(p -> places.getOrDefault(p, Integer.MAX_VALUE)));
    return new Decoded(decoded.tree(), sorted, decoded.kind());
  }

  private static ObjectNode tree(
      ObjectMapper language, byte[] body, GroupVersionKind kind, Problems problems) {
    // Jackson looks for the encoding as it makes the parser, and may know of none already then.
    try (JsonParser parser = language.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw unrecognized(
            kind,
            body,
            "json: cannot unmarshal %s into Go value of type struct { %s; %s }"
                .formatted(
                    tokenName(parser.currentToken()),
                    "APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"",
                    "Kind string \"json:\\\"kind,omitempty\\\"\""));
      }
      ObjectNode tree = object(parser, problems);
      if (parser.nextToken() != null) {
        throw unrecognized(
            kind,
            body,
            "invalid character '%s' after top-level value".formatted(parser.getString()));
      }
      return tree;
    } catch (JacksonException e) {
      throw unrecognized(kind, body, syntax(e.getOriginalMessage()));
    }
  }

  private static Decoded check(
      ObjectNode tree, List<String> problems, GroupVersionKind kind, ObjectSchema schema) {
    try {
      problems.addAll(StructuralCheck.apply(tree, schema));
    } catch (MismatchException e) {
      throw unreadable(kind, e.getMessage());
    }
    return new Decoded(tree, problems, kind);
  }

  /** What is no object at all can't even say of what kind it is. */
  private static StatusException unrecognized(GroupVersionKind kind, byte[] body, String because) {
    return StatusException.badRequest(
        "the object provided is unrecognized (must be of type %s): couldn't get version/kind; json parse error: %s (%s)"
            .formatted(kind.kind(), because, summary(body)));
  }

  /** The beginning of the body: as text when it looks like JSON, else in hex. */
  private static String summary(byte[] body) {
    if (body.length == 0) {
      return "empty";
    }
    int shown = Math.min(body.length, MOST_SHOWN);
    String start =
        body[0] == '{'
            ? new String(body, 0, shown, StandardCharsets.UTF_8)
            : HexFormat.of().formatHex(body, 0, shown);
    return shown < body.length ? start + " ..." : start;
  }

  /** The parser's complaint in the words that clients know, as far as there are such. */
  private static String syntax(String complaint) {
    if (complaint.contains("end-of-input")) {
      return "unexpected end of JSON input";
    }
    if (complaint.startsWith("Unexpected character ('")) {
      return "invalid character '" + complaint.charAt(23) + "' looking for beginning of value";
    }
    if (complaint.startsWith("Unexpected close marker '")) {
      return "invalid character '" + complaint.charAt(25) + "' after top-level value";
    }
    return complaint;
  }

  private static StatusException unreadable(GroupVersionKind kind, String because) {
    return StatusException.badRequest(
        "%s in version \"%s\" cannot be handled as a %s: %s"
            .formatted(kind.kind(), kind.version(), kind.kind(), because));
  }

  private static ObjectNode object(JsonParser parser, Problems problems) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      int line = problems.byLine ? parser.currentTokenLocation().getLineNr() : 0;
      parser.nextToken();
      JsonNode value = value(parser, problems);
      if (node.replace(name, value) != null) {
        problems.duplicate(parser, name, line);
      }
    }
    return node;
  }

  private static JsonNode value(JsonParser parser, Problems problems) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, problems);
      case START_ARRAY -> {
        ArrayNode array = make.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser, problems));
        }
        yield array;
      }
      case VALUE_STRING -> make.stringNode(parser.getString());
      case VALUE_TRUE -> make.booleanNode(true);
      case VALUE_FALSE -> make.booleanNode(false);
      case VALUE_NULL -> make.nullNode();
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> make.numberNode(parser.getIntValue());
            case LONG -> make.numberNode(parser.getLongValue());
            case BIG_INTEGER, FLOAT, DOUBLE, BIG_DECIMAL ->
                make.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> make.numberNode(parser.getDecimalValue());
      case VALUE_EMBEDDED_OBJECT -> make.stringNode(parser.getValueAsString());
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME ->
          throw new IllegalStateException("No value at " + parser.currentLocation());
    };
  }

  /** The way to where the parser is, as Kubernetes writes it: {@code spec.containers[0].name}. */
  private static String path(TokenStreamContext context) {
    if (context == null || context.inRoot()) {
      return "";
    }
    String before = path(context.getParent());
    if (context.inArray()) {
      return before + "[" + context.getCurrentIndex() + "]";
    }
    return before.isEmpty() ? context.currentName() : before + "." + context.currentName();
  }

  private static String tokenName(JsonToken token) {
    return switch (token) {
      case START_ARRAY -> "array";
      case VALUE_STRING -> "string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
      case VALUE_TRUE, VALUE_FALSE -> "bool";
      case null, default -> "null";
    };
  }
}
