package dev.mokha.server.crd.validation;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.names.Names;
import dev.mokha.api.object.JsonEquality;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is demanded of CustomResourceDefinitions beyond what {@code dev.mokha.api.validation} says
 * of their names and versions: schemas that are structural and in order, rules in CEL that compile
 * and whose worst case is bounded, and paths that lead somewhere.
 *
 * <p>A change is judged more gently than a new definition: a version whose schema stays as it was
 * keeps rules that would be too expensive today, and a definition that was not structural may go on
 * so.
 */
public final class DefinitionValidator {
  private static final int MOST_SELECTABLE = 8;
  private static final Set<String> COLUMN_TYPES =
      Set.of("boolean", "date", "integer", "number", "string");
  private static final Set<String> AT_ROOT_BESIDE_STATUS =
      Set.of(
          "description",
          "type",
          "format",
          "title",
          "maximum",
          "exclusiveMaximum",
          "minimum",
          "exclusiveMinimum",
          "maxLength",
          "minLength",
          "pattern",
          "maxItems",
          "minItems",
          "uniqueItems",
          "multipleOf",
          "required",
          "items",
          "properties",
          "externalDocs",
          "example",
          "nullable",
          "x-kubernetes-preserve-unknown-fields",
          "x-kubernetes-validations");

  private final ObjectNode definition;
  private final ObjectNode old;
  private final Causes causes = new Causes();

  private DefinitionValidator(ObjectNode definition, ObjectNode old) {
    this.definition = definition;
    this.old = old;
  }

  /** What is wrong with a new definition. */
  public static List<StatusCause> validateCreate(ObjectNode created) {
    return new DefinitionValidator(created, null).run();
  }

  /** What is wrong with a changed definition. */
  public static List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old) {
    return new DefinitionValidator(updated, old).run();
  }

  private List<StatusCause> run() {
    Path spec = Path.of("spec");
    JsonNode versions = definition.path("spec").path("versions");
    for (int i = 0; i < versions.size(); i++) {
      if (versions.get(i) instanceof ObjectNode version) {
        version(version, spec, spec.child("versions").index(i), i == 0);
      }
    }
    names(definition.path("spec").path("names"), spec.child("names"));
    conversion(definition.path("spec").path("conversion"), spec.child("conversion"));
    preserved(spec);
    approval();
    return causes.list();
  }

  private JsonNode oldVersion(ObjectNode version) {
    if (old != null) {
      for (JsonNode before : old.path("spec").path("versions")) {
        if (before.path("name").equals(version.path("name"))) {
          return before;
        }
      }
    }
    return version.missingNode();
  }

  /**
   * What all versions have in common is judged once, and complaints about it name the definition,
   * not one of its versions.
   */
  private void version(ObjectNode version, Path spec, Path path, boolean first) {
    deprecation(version, path);
    boolean common = isCommon("schema");
    if (version.path("schema").get("openAPIV3Schema") instanceof ObjectNode schema) {
      if (!common || first) {
        schema(
            version,
            schema,
            (common ? spec.child("validation") : path.child("schema")).child("openAPIV3Schema"));
      }
      boolean commonFields = isCommon("selectableFields");
      if (!commonFields || first) {
        selectable(version, schema, (commonFields ? spec : path).child("selectableFields"));
      }
    }
    common = isCommon("subresources");
    if (!common || first) {
      subresources(version.path("subresources"), (common ? spec : path).child("subresources"));
    }
    common = isCommon("additionalPrinterColumns");
    if (!common || first) {
      columns(
          version.path("additionalPrinterColumns"),
          (common ? spec : path).child("additionalPrinterColumns"));
    }
  }

  private boolean isCommon(String field) {
    JsonNode versions = definition.path("spec").path("versions");
    JsonNode one = versions.path(0).path(field);
    for (JsonNode version : versions) {
      JsonNode other = version.path(field);
      if (one.isMissingNode() != other.isMissingNode()
          || (!one.isMissingNode() && !JsonEquality.equal(one, other))) {
        return false;
      }
    }
    return true;
  }

  private void deprecation(ObjectNode version, Path path) {
    JsonNode warning = version.path("deprecationWarning");
    if (!warning.isString()) {
      return;
    }
    Path at = path.child("deprecationWarning");
    String text = warning.stringValue();
    if (!version.path("deprecated").asBoolean(false)) {
      causes.invalid(at, warning, "can only be set for deprecated versions");
      return;
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > 256) {
      causes.invalid(at, warning, "must be <= 256 characters long");
    }
    if (text.isEmpty()) {
      causes.invalid(at, warning, "must not be an empty string");
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        causes.invalid(
            at,
            warning,
            "must only contain printable UTF-8 characters; non-printable character found at index "
                + i);
        break;
      }
    }
  }

  private void schema(ObjectNode version, ObjectNode schema, Path path) {
    JsonNode before = oldVersion(version).path("schema").path("openAPIV3Schema");
    boolean unchanged = before.isObject() && JsonEquality.equal(before, schema);
    int begin = causes.size();
    if (version.path("subresources").hasNonNull("status")) {
      statusRoot(schema, path);
    }
    if (schema.path("nullable").asBoolean(false)) {
      causes.forbidden(path.child("nullable"), "nullable cannot be true at the root");
    }
    RuleCosts costs = null;
    Causes structural = StructuralRules.check(schema, path);
    boolean wasStructural =
        !(before instanceof ObjectNode b) || StructuralRules.check(b, path).isEmpty();
    if (!structural.isEmpty() && wasStructural) {
      causes.addAll(structural);
    } else if (structural.isEmpty()) {
      Causes defaults = unchanged ? new Causes() : DefaultRules.check(SchemaNode.of(schema), path);
      causes.addAll(defaults);
      if (defaults.isEmpty()) {
        costs = new RuleCosts(unchanged);
      }
    }
    causes.addAll(SchemaRules.check(schema, path, unchanged ? null : costs));
    if (costs != null && !unchanged) {
      costs.checkTotal(path, causes);
    }
    if (unchanged && !wasStructural) {
      causes.keep(begin);
    }
  }

  private void statusRoot(ObjectNode schema, Path path) {
    String type = schema.path("type").asString("");
    if (!type.isEmpty() && !type.equals("object")) {
      causes.invalid(
          path.child("type"),
          type,
          "only \"object\" is allowed as the type at the root of the schema if the status"
              + " subresource is enabled");
      return;
    }
    for (Map.Entry<String, JsonNode> e : schema.properties()) {
      JsonNode value = e.getValue();
      boolean empty = value.isNull() || (value.isContainer() && value.isEmpty());
      if (!empty && !AT_ROOT_BESIDE_STATUS.contains(e.getKey())) {
        causes.invalid(
            path,
            schema,
            "only [Description Type Format Title Maximum ExclusiveMaximum Minimum"
                + " ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems"
                + " MultipleOf Required Items Properties ExternalDocs Example"
                + " XPreserveUnknownFields XValidations] fields are allowed at the root of the"
                + " schema if the status subresource is enabled");
        return;
      }
    }
  }

  private void selectable(ObjectNode version, ObjectNode schema, Path path) {
    JsonNode fields = version.path("selectableFields");
    if (fields.isEmpty()) {
      return;
    }
    SchemaNode root = SchemaNode.of(schema);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < fields.size(); i++) {
      Path at = path.index(i).child("jsonPath");
      String text = fields.get(i).path("jsonPath").asString("");
      if (text.isEmpty()) {
        causes.required(at, "");
        continue;
      }
      FieldPaths.Target target;
      try {
        target = FieldPaths.follow(text, root, Path.ROOT, false);
      } catch (FieldPaths.BadPath e) {
        causes.invalid(at, text, "is an invalid path: " + e.getMessage());
        continue;
      }
      String name = target.path().name();
      if (name.equals("metadata") || name.startsWith("metadata.")) {
        causes.invalid(at, text, "must not point to fields in metadata");
      }
      if (!Set.of("string", "boolean", "integer")
          .contains(target.schema().source.path("type").asString(""))) {
        causes.invalid(
            at,
            text,
            "must point to a field of type string, boolean or integer. Enum string fields and"
                + " strings with formats are allowed.");
      }
      if (!seen.add(name)) {
        causes.duplicate(at, fields.get(i).get("jsonPath"));
      }
    }
    boolean asBefore = JsonEquality.equal(fields, oldVersion(version).path("selectableFields"));
    if (seen.size() > MOST_SELECTABLE && !asBefore) {
      causes.tooMany(path, seen.size(), MOST_SELECTABLE);
    }
  }

  private void subresources(JsonNode subresources, Path path) {
    JsonNode scale = subresources.path("scale");
    if (!scale.isObject()) {
      return;
    }
    scalePath(scale, "specReplicasPath", ".spec.", "should be a json path under .spec", path);
    scalePath(scale, "statusReplicasPath", ".status.", "should be a json path under .status", path);
    String selector = scale.path("labelSelectorPath").asString("");
    if (!selector.isEmpty()) {
      Path at = path.child("scale").child("labelSelectorPath");
      if (isSimplePath(selector, at)
          && !selector.startsWith(".spec.")
          && !selector.startsWith(".status.")) {
        causes.invalid(at, selector, "should be a json path under either .spec or .status");
      }
    }
  }

  private void scalePath(
      JsonNode scale, String field, String prefix, String message, Path subresources) {
    String text = scale.path(field).asString("");
    Path at = subresources.child("scale").child(field);
    if (text.isEmpty()) {
      causes.required(at, "");
    } else if (isSimplePath(text, at) && !text.startsWith(prefix)) {
      causes.invalid(at, text, message);
    }
  }

  private boolean isSimplePath(String text, Path at) {
    if (!text.startsWith(".")) {
      causes.invalid(at, text, "must be a simple json path starting with .");
      return false;
    }
    if (!text.matches("(\\.[a-zA-Z0-9_-]+)+") && text.matches(".*[\\[\\]*?(),@:'\"{} ].*")) {
      causes.invalid(at, text, "must be a json path in the dot notation");
      return false;
    }
    return true;
  }

  private void columns(JsonNode columns, Path path) {
    Set<String> formats =
        Set.of("int32", "int64", "float", "double", "byte", "date", "date-time", "password");
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).path("name").asString("").isEmpty()) {
        causes.required(path.index(i).child("name"), "");
      }
      String type = columns.get(i).path("type").asString("");
      String oneOf = "must be one of boolean,date,integer,number,string";
      if (type.isEmpty()) {
        causes.required(path.index(i).child("type"), oneOf);
      } else if (!COLUMN_TYPES.contains(type)) {
        causes.invalid(path.index(i).child("type"), type, oneOf);
      }
      String format = columns.get(i).path("format").asString("");
      if (!format.isEmpty() && !formats.contains(format)) {
        causes.invalid(
            path.index(i).child("format"),
            format,
            "must be one of " + String.join(",", formats.stream().sorted().toList()));
      }
      String jsonPath = columns.get(i).path("jsonPath").asString("");
      if (jsonPath.isEmpty()) {
        causes.required(path.index(i).child("JSONPath"), "");
      } else if (!jsonPath.startsWith(".")) {
        causes.invalid(
            path.index(i).child("JSONPath"),
            jsonPath,
            "must be a simple json path starting with .");
      }
    }
  }

  private void names(JsonNode names, Path path) {
    String kind = names.path("kind").asString("");
    if (!kind.isEmpty() && kind.equals(names.path("listKind").asString(""))) {
      causes.invalid(path.child("listKind"), kind, "kind and listKind may not be the same");
    }
    JsonNode categories = names.path("categories");
    for (int i = 0; i < categories.size(); i++) {
      String category = categories.get(i).asString("");
      List<String> wrong = Names.dns1035Label(category);
      if (!wrong.isEmpty()) {
        causes.invalid(path.child("categories").index(i), category, String.join(",", wrong));
      }
    }
  }

  private void conversion(JsonNode conversion, Path path) {
    boolean webhook = conversion.path("strategy").asString("").equals("Webhook");
    JsonNode client = conversion.path("webhook").path("clientConfig");
    JsonNode versions = conversion.path("webhook").path("conversionReviewVersions");
    if (!webhook) {
      if (client.isObject()) {
        causes.forbidden(
            path.child("webhookClientConfig"),
            "should not be set when strategy is not set to Webhook");
      }
      if (!versions.isEmpty()) {
        causes.forbidden(
            path.child("conversionReviewVersions"),
            "should not be set when strategy is not set to Webhook");
      }
      return;
    }
    if (client.isObject() && client.hasNonNull("url") == client.hasNonNull("service")) {
      causes.required(
          path.child("webhookClientConfig"), "exactly one of url or service is required");
    }
    reviewVersions(versions, path.child("conversionReviewVersions"));
  }

  private void reviewVersions(JsonNode versions, Path path) {
    if (versions.isEmpty()) {
      causes.required(path, "");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < versions.size(); i++) {
      String version = versions.get(i).asString("");
      if (!seen.add(version)) {
        causes.invalid(path.index(i), version, "duplicate version");
        continue;
      }
      for (String wrong : Names.dns1035Label(version)) {
        causes.invalid(path.index(i), version, wrong);
      }
    }
    if (!seen.contains("v1") && !seen.contains("v1beta1")) {
      causes.invalid(path, versions, "must include at least one of v1, v1beta1");
    }
  }

  private void preserved(Path spec) {
    if (definition.path("spec").path("preserveUnknownFields").asBoolean(false)
        && (old == null || !old.path("spec").path("preserveUnknownFields").asBoolean(false))) {
      causes.invalid(
          spec.child("preserveUnknownFields"),
          definition.path("spec").get("preserveUnknownFields"),
          "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in"
              + " spec.versions[*].schema instead");
    }
  }

  private static final String APPROVED = "api-approved.kubernetes.io";

  /** Groups of the Kubernetes community want to be approved by it. */
  private void approval() {
    String group = definition.path("spec").path("group").asString("");
    boolean community =
        group.equals("k8s.io")
            || group.equals("kubernetes.io")
            || group.endsWith(".k8s.io")
            || group.endsWith(".kubernetes.io");
    if (!community) {
      return;
    }
    JsonNode approval = definition.path("metadata").path("annotations").path(APPROVED);
    JsonNode before = old == null ? null : old.path("metadata").path("annotations").path(APPROVED);
    if (before != null && state(before).equals(state(approval))) {
      return;
    }
    Path at = Path.of("metadata").child("annotations").key(APPROVED);
    switch (state(approval)) {
      case "missing" ->
          causes.required(
              at,
              "protected groups must have approval annotation \""
                  + APPROVED
                  + "\", see https://github.com/kubernetes/enhancements/pull/1111");
      case "invalid" ->
          causes.invalid(
              at,
              approval,
              "protected groups must have approval annotation \""
                  + APPROVED
                  + "\" with either a URL or a reason starting with \"unapproved\", see"
                  + " https://github.com/kubernetes/enhancements/pull/1111");
      default -> {}
    }
  }

  private static String state(JsonNode approval) {
    String text = approval.asString("");
    if (text.isEmpty()) {
      return "missing";
    }
    return text.startsWith("unapproved") || text.matches("https?://[^/]+.*") ? "said" : "invalid";
  }
}
