package dev.mokha.server.crd.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What else is demanded of an {@code openAPIV3Schema}: nothing of JSON Schema that OpenAPI lacks,
 * list and map types that fit, and rules in CEL that compile and whose worst case is bounded.
 */
final class SchemaRules {
  private static final Set<String> TYPES =
      Set.of("array", "boolean", "integer", "number", "object", "string");
  private static final Set<String> REASONS =
      Set.of(
          "FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate");

  /**
   * Where in the schema we are.
   *
   * @param insideMeta whether within the type or metadata of a whole object
   * @param noDefaults why there must be no default; empty when there may be
   * @param uncorrelated the first way above whose values can't be told apart; null for none
   * @param cardinality how often the value can occur; negative when nothing bounds it
   */
  private record Place(
      boolean root,
      boolean insideMeta,
      String noDefaults,
      Path uncorrelated,
      boolean asksRules,
      long cardinality) {
    Place below(long factor) {
      return new Place(
          false, insideMeta, noDefaults, uncorrelated, asksRules, times(cardinality, factor));
    }

    Place nested() {
      return new Place(false, insideMeta, noDefaults, uncorrelated, false, -1);
    }

    Place uncorrelatedAt(Path path) {
      return new Place(
          root,
          insideMeta,
          noDefaults,
          uncorrelated == null ? path : uncorrelated,
          asksRules,
          cardinality);
    }

    Place noDefaults(String why) {
      return new Place(root, insideMeta, why, uncorrelated, asksRules, cardinality);
    }

    Place inMeta() {
      return new Place(root, true, noDefaults, uncorrelated, asksRules, cardinality);
    }

    private static long times(long a, long b) {
      return a < 0 || b < 0 ? -1 : RuleCosts.multiply(a, b);
    }
  }

  private final Causes causes = new Causes();
  private final Causes ruleCauses = new Causes();
  private final RuleCosts costs;

  private SchemaRules(RuleCosts costs) {
    this.costs = costs;
  }

  /**
   * What is wrong with a schema.
   *
   * @param costs adds up what the rules cost; null when rules are not looked at, since the schema
   *     is not in order
   */
  static Causes check(ObjectNode schema, Path path, RuleCosts costs) {
    SchemaRules rules = new SchemaRules(costs);
    rules.schema(schema, path, new Place(true, false, "", null, costs != null, 1));
    rules.causes.addAll(rules.ruleCauses);
    return rules.causes;
  }

  private void schema(ObjectNode schema, Path path, Place place) {
    int before = causes.size();
    standard(schema, path, place);
    JsonNode others = schema.path("additionalProperties");
    if (!others.isMissingNode() && !others.isNull()) {
      if (!schema.path("properties").isEmpty() && !(others.isBoolean() && others.booleanValue())) {
        causes.forbidden(
            path.child("additionalProperties"),
            "additionalProperties and properties are mutual exclusive");
      }
      if (others instanceof ObjectNode values) {
        Place below = place.below(elements(schema));
        schema(
            values,
            path.child("additionalProperties"),
            place.insideMeta
                ? below.noDefaults("inside additionalProperties applying to object metadata")
                : below);
      }
    }
    properties(schema, path, place);
    for (String junctor : List.of("allOf", "oneOf", "anyOf")) {
      JsonNode list = schema.path(junctor);
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i) instanceof ObjectNode nested) {
          schema(nested, path.child(junctor).index(i), place.nested());
        }
      }
    }
    if (schema.get("not") instanceof ObjectNode not) {
      schema(not, path.child("not"), place.nested());
    }
    if (schema.get("items") instanceof ObjectNode items) {
      boolean told = schema.path("x-kubernetes-list-type").asString("").equals("map");
      Place below = place.below(elements(schema));
      schema(items, path.child("items"), told ? below : below.uncorrelatedAt(path));
    }
    extensions(schema, path);
    listTypes(schema, path);
    rules(schema, path, place, before);
  }

  private void properties(ObjectNode schema, Path path, Place place) {
    boolean whole = place.root || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    for (Map.Entry<String, JsonNode> e : schema.path("properties").properties()) {
      if (e.getValue() instanceof ObjectNode property) {
        Place below = place.below(elements(schema));
        if (whole && Set.of("metadata", "kind", "apiVersion").contains(e.getKey())) {
          below = below.inMeta();
          if (place.root) {
            below = below.noDefaults("in top-level " + e.getKey());
          }
        }
        schema(property, path.child("properties").key(e.getKey()), below);
      }
    }
  }

  /** How many values below there are for one here; negative when nothing bounds them. */
  private static long elements(ObjectNode schema) {
    return switch (schema.path("type").asString("")) {
      case "object" ->
          schema.hasNonNull("additionalProperties")
              ? Math.max(-1, schema.path("maxProperties").asLong(-1))
              : 1;
      case "array" -> Math.max(-1, schema.path("maxItems").asLong(-1));
      default -> 1;
    };
  }

  private void standard(ObjectNode schema, Path path, Place place) {
    JsonNode type = schema.path("type");
    if (!type.asString("").isEmpty() && !TYPES.contains(type.asString(""))) {
      causes.notSupported(path.child("type"), type, TYPES.stream().sorted().toList());
    }
    if (schema.hasNonNull("default") && !place.noDefaults.isEmpty()) {
      causes.forbidden(path.child("default"), "must not be set " + place.noDefaults);
    }
    for (String name :
        List.of(
            "id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")) {
      JsonNode value = schema.path(name);
      boolean empty =
          value.isMissingNode()
              || value.isNull()
              || (value.isString() && value.stringValue().isEmpty() && !name.equals("$ref"))
              || (value.isContainer()
                  && value.isEmpty()
                  && (name.equals("patternProperties") || name.equals("definitions")));
      if (!empty) {
        causes.forbidden(path.child(name), name + " is not supported");
      }
    }
    if (type.asString("").equals("null")) {
      causes.forbidden(
          path.child("type"), "type cannot be set to null, use nullable as an alternative");
    }
    if (schema.path("items").isArray()) {
      causes.forbidden(path.child("items"), "items must be a schema object and not an array");
    }
    if (schema.path("x-kubernetes-embedded-resource").asBoolean(false) && place.insideMeta) {
      causes.forbidden(
          path.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta");
    }
    if (schema.path("uniqueItems").asBoolean(false)) {
      causes.forbidden(
          path.child("uniqueItems"),
          "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
    }
  }

  private void extensions(ObjectNode schema, Path path) {
    JsonNode preserves = schema.path("x-kubernetes-preserve-unknown-fields");
    if (preserves.isBoolean() && !preserves.booleanValue()) {
      causes.invalid(
          path.child("x-kubernetes-preserve-unknown-fields"),
          preserves,
          "must be true or undefined");
    }
    JsonNode mapType = schema.path("x-kubernetes-map-type");
    if (mapType.isString()) {
      wantsType(schema, "object", "x-kubernetes-map-type", path);
      if (!Set.of("atomic", "granular").contains(mapType.stringValue())) {
        causes.notSupported(
            path.child("x-kubernetes-map-type"), mapType, List.of("atomic", "granular"));
      }
    }
  }

  private void wantsType(ObjectNode schema, String type, String extension, Path path) {
    String actual = schema.path("type").asString("");
    String message = "must be " + type + " if " + extension + " is specified";
    if (actual.isEmpty()) {
      causes.required(path.child("type"), message);
    } else if (!actual.equals(type)) {
      causes.invalid(path.child("type"), actual, message);
    }
  }

  private void listTypes(ObjectNode schema, Path path) {
    JsonNode listType = schema.path("x-kubernetes-list-type");
    String kind = listType.asString("");
    JsonNode items = schema.path("items");
    if (listType.isString()) {
      wantsType(schema, "array", "x-kubernetes-list-type", path);
      if (kind.equals("set")) {
        setItems(items, path);
      } else if (!kind.equals("map") && !kind.equals("atomic")) {
        causes.notSupported(
            path.child("x-kubernetes-list-type"), listType, List.of("atomic", "set", "map"));
      }
    }
    JsonNode keys = schema.path("x-kubernetes-list-map-keys");
    if (!keys.isEmpty() && !kind.equals("map")) {
      String message = "must be map if x-kubernetes-list-map-keys is non-empty";
      if (listType.isString()) {
        causes.invalid(path.child("x-kubernetes-list-type"), kind, message);
      } else {
        causes.required(path.child("x-kubernetes-list-type"), message);
      }
    }
    if (kind.equals("map")) {
      mapItems(schema, keys, items, path);
    }
    if ((kind.equals("map") || kind.equals("set")) && items.path("nullable").asBoolean(false)) {
      causes.forbidden(
          path.child("items").child("nullable"),
          "cannot be nullable when x-kubernetes-list-type is " + kind);
    }
    if (kind.equals("map") && items.isObject()) {
      keyFields(keys, items, path.child("items").child("properties"));
    }
  }

  private void setItems(JsonNode items, Path path) {
    String message = "must be atomic as item of a list with x-kubernetes-list-type=set";
    JsonNode listType = items.path("x-kubernetes-list-type");
    switch (items.path("type").asString("")) {
      case "array" -> {
        if (listType.isString() && !listType.stringValue().equals("atomic")) {
          causes.invalid(path.child("items").child("x-kubernetes-list-type"), listType, message);
        }
      }
      case "object" -> {
        JsonNode mapType = items.path("x-kubernetes-map-type");
        if (!mapType.asString("").equals("atomic")) {
          causes.invalid(
              path.child("items").child("x-kubernetes-map-type"),
              mapType.isString() ? mapType : NullNode.getInstance(),
              message);
        }
      }
      default -> {}
    }
  }

  private void mapItems(ObjectNode schema, JsonNode keys, JsonNode items, Path path) {
    if (keys.isEmpty()) {
      causes.required(
          path.child("x-kubernetes-list-map-keys"),
          "must not be empty if x-kubernetes-list-type is map");
    }
    if (!items.isObject()) {
      causes.required(path.child("items"), "must have a schema if x-kubernetes-list-type is map");
      return;
    }
    if (!items.path("type").asString("").equals("object")) {
      causes.invalid(
          path.child("items").child("type"),
          items.path("type").asString(""),
          "must be object if parent array's x-kubernetes-list-type is map");
      return;
    }
    List<String> seen = new ArrayList<>();
    for (JsonNode key : keys) {
      String name = key.asString("");
      JsonNode property = items.path("properties").path(name);
      if (!property.isObject()) {
        causes.invalid(
            path.child("x-kubernetes-list-map-keys"),
            schema.get("x-kubernetes-list-map-keys"),
            "entries must all be names of item properties");
      } else if (Set.of("array", "object").contains(property.path("type").asString(""))) {
        causes.invalid(
            path.child("items").child("properties").key(name).child("type"),
            items.path("type").asString(""),
            "must be a scalar type if parent array's x-kubernetes-list-type is map");
      }
      if (seen.contains(name)) {
        causes.invalid(
            path.child("x-kubernetes-list-map-keys"),
            schema.get("x-kubernetes-list-map-keys"),
            "must not contain duplicate entries");
      }
      seen.add(name);
    }
  }

  private void keyFields(JsonNode keys, JsonNode items, Path path) {
    List<String> required = new ArrayList<>();
    items.path("required").forEach(r -> required.add(r.asString("")));
    for (JsonNode key : keys) {
      String name = key.asString("");
      JsonNode property = items.path("properties").path(name);
      if (!property.isObject()) {
        continue;
      }
      if (!required.contains(name) && !property.hasNonNull("default")) {
        causes.required(
            path.key(name).child("default"),
            "this property is in x-kubernetes-list-map-keys, so it must have a default or be a"
                + " required property");
      }
      if (property.path("nullable").asBoolean(false)) {
        causes.forbidden(
            path.key(name).child("nullable"),
            "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
      }
    }
  }

  private void rules(ObjectNode schema, Path path, Place place, int before) {
    JsonNode rules = schema.path("x-kubernetes-validations");
    for (int i = 0; i < rules.size(); i++) {
      form(schema, rules.get(i), path.child("x-kubernetes-validations").index(i));
    }
    if (rules.isEmpty() || causes.size() > before || !place.asksRules) {
      return;
    }
    boolean whole = place.root || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    RuleSet set = new RuleSet(schema, whole);
    if (set.type() == null) {
      ruleCauses.internal(
          path.child("x-kubernetes-validations"),
          "internal error: failed to construct type information for x-kubernetes-validations"
              + " rules: unable to convert structural schema to CEL declarations");
      return;
    }
    List<RuleSet.Rule> compiled = set.rules();
    long cardinality = place.cardinality >= 0 ? place.cardinality : set.type().maxCardinality();
    for (int i = 0; i < compiled.size(); i++) {
      compiled(
          compiled.get(i), path.child("x-kubernetes-validations").index(i), place, cardinality);
    }
  }

  private static boolean hasBreak(String text) {
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
  }

  private void form(ObjectNode schema, JsonNode rule, Path path) {
    String text = rule.path("rule").asString("").strip();
    String message = rule.path("message").asString("");
    if (text.isEmpty()) {
      causes.required(path.child("rule"), "rule is not specified");
    } else if (!message.isEmpty() && message.isBlank()) {
      causes.invalid(path.child("message"), message, "must be non-empty if specified");
    } else if (hasBreak(message.strip())) {
      causes.invalid(path.child("message"), message, "must not contain line breaks");
    } else if (hasBreak(text) && message.isBlank()) {
      causes.required(
          path.child("message"), "message must be specified if rule contains line breaks");
    }
    String expression = rule.path("messageExpression").asString("");
    if (!expression.isEmpty() && expression.isBlank()) {
      causes.required(
          path.child("messageExpression"), "messageExpression must be non-empty if specified");
    }
    JsonNode reason = rule.path("reason");
    if (reason.isString() && !REASONS.contains(reason.stringValue())) {
      causes.notSupported(path.child("reason"), reason, REASONS.stream().sorted().toList());
    }
    String fieldPath = rule.path("fieldPath").asString("");
    Path at = path.child("fieldPath");
    if (!fieldPath.isEmpty() && fieldPath.isBlank()) {
      causes.invalid(at, fieldPath, "must be non-empty if specified");
    }
    if (hasBreak(fieldPath)) {
      causes.invalid(at, fieldPath, "must not contain line breaks");
    }
    if (!fieldPath.isEmpty()
        && FieldPaths.resolve(fieldPath, SchemaNode.of(schema), Path.ROOT).isEmpty()) {
      causes.invalid(at, fieldPath, "must be a valid path");
    }
  }

  private void compiled(RuleSet.Rule rule, Path path, Place place, long cardinality) {
    if (rule.expression() != null) {
      costs.rule(rule.expression().estimate().max(), cardinality, path.child("rule"), ruleCauses);
    }
    if (!rule.error().isEmpty()) {
      ruleCauses.invalid(path.child("rule"), shown(rule), rule.error());
    }
    if (!rule.messageError().isEmpty()) {
      ruleCauses.invalid(path.child("messageExpression"), shown(rule), rule.messageError());
    } else if (rule.messageExpression() != null) {
      costs.message(
          rule.messageExpression().estimate().max(), path.child("messageExpression"), ruleCauses);
    }
    if (rule.usesOldSelf()) {
      if (place.uncorrelated != null) {
        ruleCauses.invalid(
            path.child("rule"),
            rule.source().path("rule").asString(""),
            "oldSelf cannot be used on the uncorrelatable portion of the schema within "
                + place.uncorrelated);
      }
    } else if (rule.source().path("optionalOldSelf").isBoolean()) {
      ruleCauses.invalid(
          path.child("optionalOldSelf"),
          rule.source().get("optionalOldSelf"),
          "may not be set if oldSelf is not used in rule");
    }
  }

  /** A rule as messages show it: all its fields under their names in Go. */
  private static ObjectNode shown(RuleSet.Rule rule) {
    ObjectNode source = rule.source();
    ObjectNode shown = source.objectNode();
    shown.put("Rule", source.path("rule").asString(""));
    shown.put("Message", source.path("message").asString(""));
    shown.put("MessageExpression", source.path("messageExpression").asString(""));
    shown.set("Reason", source.has("reason") ? source.get("reason") : source.nullNode());
    shown.put("FieldPath", source.path("fieldPath").asString(""));
    shown.set(
        "OptionalOldSelf",
        source.has("optionalOldSelf") ? source.get("optionalOldSelf") : source.nullNode());
    return shown;
  }
}
