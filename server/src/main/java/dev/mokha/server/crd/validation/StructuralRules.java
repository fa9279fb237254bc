package dev.mokha.server.crd.validation;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a schema is structural (KEP-1002): each value has a type, what is said inside {@code
 * allOf}, {@code anyOf}, {@code oneOf} and {@code not} only narrows what is declared outside of
 * them, and the metadata of whole objects are left alone.
 */
final class StructuralRules {
  private enum Level {
    ROOT("must not be empty at the root"),
    ITEM("must not be empty for specified array items"),
    FIELD("must not be empty for specified object fields");

    private final String missingType;

    Level(String missingType) {
      this.missingType = missingType;
    }
  }

  private static final List<String> FORBIDDEN_FLAGS =
      List.of(
          "x-kubernetes-preserve-unknown-fields",
          "x-kubernetes-embedded-resource",
          "x-kubernetes-int-or-string");

  private final Causes causes = new Causes();

  private StructuralRules() {}

  /** What is wrong with a schema, in the order of the messages. */
  static Causes check(ObjectNode schema, Path path) {
    StructuralRules rules = new StructuralRules();
    rules.structure(schema, Level.ROOT, path);
    rules.complete(schema, schema, path, path);
    rules.causes.list().sort(Comparator.comparing(c -> c.field() + ": " + c.message()));
    return rules.causes;
  }

  private static boolean flag(JsonNode schema, String name) {
    return schema.path(name).asBoolean(false);
  }

  private void structure(ObjectNode schema, Level level, Path path) {
    String type = schema.path("type").asString("");
    boolean embedded = flag(schema, "x-kubernetes-embedded-resource");
    boolean preserves = flag(schema, "x-kubernetes-preserve-unknown-fields");
    boolean intOrString = flag(schema, "x-kubernetes-int-or-string");
    JsonNode others = schema.path("additionalProperties");
    if (type.equals("array") && !schema.hasNonNull("items")) {
      causes.required(path.child("items"), "must be specified");
    }
    if (schema.get("items") instanceof ObjectNode items) {
      structure(items, Level.ITEM, path.child("items"));
    }
    for (Map.Entry<String, JsonNode> e : schema.path("properties").properties()) {
      if (e.getValue() instanceof ObjectNode property) {
        structure(property, Level.FIELD, path.child("properties").key(e.getKey()));
      }
    }
    if (!others.isMissingNode() && !others.isNull()) {
      if (level == Level.ROOT) {
        causes.forbidden(path.child("additionalProperties"), "must not be used at the root");
      }
      if (others instanceof ObjectNode values) {
        structure(values, Level.FIELD, path.child("additionalProperties"));
      }
    }
    if (intOrString && preserves) {
      causes.invalid(
          path.child("x-kubernetes-preserve-unknown-fields"),
          schema.get("x-kubernetes-preserve-unknown-fields"),
          "must be false if x-kubernetes-int-or-string is true");
    }
    if (intOrString && embedded) {
      causes.invalid(
          path.child("x-kubernetes-embedded-resource"),
          schema.get("x-kubernetes-embedded-resource"),
          "must be false if x-kubernetes-int-or-string is true");
    }
    values(schema, isIntOrString(schema.path("anyOf")), isIntOrStringAllOf(schema), path);
    if (embedded && !type.equals("object")) {
      if (type.isEmpty()) {
        causes.required(
            path.child("type"), "must be object if x-kubernetes-embedded-resource is true");
      } else {
        causes.invalid(
            path.child("type"), type, "must be object if x-kubernetes-embedded-resource is true");
      }
    } else if (type.isEmpty() && !intOrString && !preserves) {
      causes.required(path.child("type"), level.missingType);
    }
    if (embedded && others.isObject()) {
      causes.forbidden(
          path.child("additionalProperties"),
          "must not be used if x-kubernetes-embedded-resource is set");
    }
    if (level == Level.ROOT && !type.isEmpty() && !type.equals("object")) {
      causes.invalid(path.child("type"), type, "must be object at the root");
    }
    wholeObject(schema, level, embedded, preserves, path);
  }

  private void wholeObject(
      ObjectNode schema, Level level, boolean embedded, boolean preserves, Path path) {
    JsonNode properties = schema.path("properties");
    boolean whole = level == Level.ROOT || embedded;
    if (whole) {
      for (String name : List.of("kind", "apiVersion")) {
        JsonNode property = properties.path(name);
        String type = property.path("type").asString("");
        if (property.isObject() && !type.equals("string")) {
          causes.invalid(path.child("properties").key(name).child("type"), type, "must be string");
        }
      }
    }
    if (properties.get("metadata") instanceof ObjectNode metadata) {
      Path at = path.child("properties").key("metadata");
      String type = metadata.path("type").asString("");
      if (whole && !type.equals("object")) {
        causes.invalid(at.child("type"), type, "must be object");
      }
      if (level == Level.ROOT && saysMoreThanNames(metadata)) {
        causes.forbidden(
            at,
            "must not specify anything other than name and generateName, but metadata is"
                + " implicitly specified");
      }
    }
    if (embedded && !preserves && properties.isEmpty()) {
      causes.required(
          path.child("properties"),
          "must not be empty if x-kubernetes-embedded-resource is true without"
              + " x-kubernetes-preserve-unknown-fields");
    }
  }

  private static boolean saysMoreThanNames(ObjectNode metadata) {
    for (Map.Entry<String, JsonNode> e : metadata.properties()) {
      boolean harmless =
          switch (e.getKey()) {
            case "type", "default" -> true;
            case "properties" ->
                e.getValue().propertyNames().stream()
                    .allMatch(Set.of("name", "generateName")::contains);
            default ->
                e.getValue().isNull() || (e.getValue().isContainer() && e.getValue().isEmpty());
          };
      if (!harmless) {
        return true;
      }
    }
    return false;
  }

  /** {@code anyOf: [{type: integer}, {type: string}]}, the one use of types there. */
  private static boolean isIntOrString(JsonNode anyOf) {
    return anyOf.size() == 2
        && isOnlyType(anyOf.get(0), "integer")
        && isOnlyType(anyOf.get(1), "string");
  }

  private static boolean isIntOrStringAllOf(JsonNode schema) {
    return isIntOrString(schema.path("allOf").path(0).path("anyOf"));
  }

  private static boolean isOnlyType(JsonNode schema, String type) {
    return schema.size() == 1 && schema.path("type").asString("").equals(type);
  }

  private void values(ObjectNode schema, boolean skipAnyOf, boolean skipFirstAllOf, Path path) {
    if (!skipAnyOf) {
      each(schema, "anyOf", path, (nested, at, _) -> nested(nested, false, false, at));
    }
    each(
        schema,
        "allOf",
        path,
        (nested, at, i) -> nested(nested, skipFirstAllOf && i == 0, false, at));
    each(schema, "oneOf", path, (nested, at, _) -> nested(nested, false, false, at));
    if (schema.get("not") instanceof ObjectNode not) {
      nested(not, false, false, path.child("not"));
    }
    String pattern = schema.path("pattern").asString("");
    if (!pattern.isEmpty()) {
      try {
        Pattern.compile(pattern);
      } catch (PatternSyntaxException e) {
        causes.invalid(
            path.child("pattern"),
            pattern,
            "must be a valid regular expression, but isn't: " + e.getMessage());
      }
    }
  }

  private interface Nested {
    void visit(ObjectNode schema, Path path, int index);
  }

  private static void each(ObjectNode schema, String junctor, Path path, Nested visitor) {
    JsonNode list = schema.path(junctor);
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof ObjectNode nested) {
        visitor.visit(nested, path.child(junctor).index(i), i);
      }
    }
  }

  private void nested(ObjectNode schema, boolean skipAnyOf, boolean skipFirstAllOf, Path path) {
    values(schema, skipAnyOf, skipFirstAllOf, path);
    if (schema.get("items") instanceof ObjectNode items) {
      nested(items, false, false, path.child("items"));
    }
    for (Map.Entry<String, JsonNode> e : schema.path("properties").properties()) {
      if (e.getValue() instanceof ObjectNode property) {
        nested(property, false, false, path.child("properties").key(e.getKey()));
      }
    }
    if (!schema.path("type").asString("").isEmpty()) {
      causes.forbidden(path.child("type"), "must be empty to be structural");
    }
    if (schema.hasNonNull("additionalProperties")) {
      causes.forbidden(path.child("additionalProperties"), "must be undefined to be structural");
    }
    if (schema.hasNonNull("default")) {
      causes.forbidden(path.child("default"), "must be undefined to be structural");
    }
    for (String text : List.of("title", "description")) {
      if (!schema.path(text).asString("").isEmpty()) {
        causes.forbidden(path.child(text), "must be empty to be structural");
      }
    }
    if (flag(schema, "nullable")) {
      causes.forbidden(path.child("nullable"), "must be false to be structural");
    }
    for (String name : FORBIDDEN_FLAGS) {
      if (flag(schema, name)) {
        causes.forbidden(path.child(name), "must be false to be structural");
      }
    }
    for (String name : List.of("x-kubernetes-list-map-keys", "x-kubernetes-validations")) {
      if (!schema.path(name).isEmpty()) {
        causes.forbidden(path.child(name), "must be empty to be structural");
      }
    }
    for (String name : List.of("x-kubernetes-list-type", "x-kubernetes-map-type")) {
      if (schema.hasNonNull(name)) {
        causes.forbidden(path.child(name), "must be undefined to be structural");
      }
    }
    if (schema.path("properties").has("metadata")) {
      causes.forbidden(
          path.child("properties").key("metadata"), "must not be specified in a nested context");
    }
  }

  /** What is demanded of a value must be declared outside of the junctors, too. */
  private void complete(ObjectNode demands, JsonNode declared, Path at, Path from) {
    if (demands.get("not") instanceof ObjectNode not) {
      completeNested(not, declared, at, from.child("not"));
    }
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      each(demands, junctor, from, (nested, path, _) -> completeNested(nested, declared, at, path));
    }
  }

  private void completeNested(ObjectNode demands, JsonNode declared, Path at, Path from) {
    if (declared == null || !declared.isObject()) {
      causes.required(at, "because it is defined in " + from);
      return;
    }
    complete(demands, declared, at, from);
    if (demands.get("items") instanceof ObjectNode items) {
      completeNested(items, declared.get("items"), at.child("items"), from.child("items"));
    }
    for (Map.Entry<String, JsonNode> e : demands.path("properties").properties()) {
      Path below = at.child("properties").key(e.getKey());
      Path of = from.child("properties").key(e.getKey());
      JsonNode property = declared.path("properties").get(e.getKey());
      if (property == null) {
        causes.required(below, "because it is defined in " + of);
      } else if (e.getValue() instanceof ObjectNode nested) {
        completeNested(nested, property, below, of);
      }
    }
  }
}
