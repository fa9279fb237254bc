package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.ResultType;
import dev.mokha.server.admission.expressions.Compiled;
import dev.mokha.server.admission.expressions.Environments;
import dev.mokha.server.admission.matching.ServedKinds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks a validating policy's expressions against the schemas of the kinds that its rules name,
 * and tells what can't be right, such as a field that does not exist. Rules with wildcards are left
 * out, and so is what comes after the first ten kinds.
 */
final class TypeChecker {
  private static final int MOST_KINDS = 10;

  private final ServedKinds kinds;

  TypeChecker(ServedKinds kinds) {
    this.kinds = requireNonNull(kinds, "kinds");
  }

  /** {@code status.typeChecking} of a policy. */
  ObjectNode check(JsonNode spec) {
    ObjectNode result = Json.MAPPER.createObjectNode();
    ArrayNode warnings = Json.MAPPER.createArrayNode();
    List<ResourceType> types = types(spec.path("matchConstraints").path("resourceRules"));
    DeclType params =
        PolicyCompiler.paramKind(spec.path("paramKind")).map(this::params).orElse(null);
    JsonNode validations = spec.path("validations");
    for (int i = 0; i < validations.size(); i++) {
      for (String field : List.of("expression", "messageExpression")) {
        String text = validations.get(i).path(field).asString("").strip();
        String wrong = text.isEmpty() ? "" : wrong(text, types, params, spec.path("variables"));
        if (!wrong.isEmpty()) {
          ObjectNode warning = warnings.addObject();
          warning.put("fieldRef", "spec.validations[%d].%s".formatted(i, field));
          warning.put("warning", wrong);
        }
      }
    }
    if (!warnings.isEmpty()) {
      result.set("expressionWarnings", warnings);
    }
    return result;
  }

  private String wrong(String text, List<ResourceType> types, DeclType params, JsonNode variables) {
    List<String> wrong = new ArrayList<>();
    for (ResourceType type : types) {
      Optional<DeclType> object =
          kinds.schema(type, type.gvk()).map(s -> DeclType.of(s, type.kind()));
      if (object.isPresent()) {
        CelEnvironment base = Environments.typed(object.get(), params);
        CelEnvironment environment =
            PolicyCompiler.withVariables(base, PolicyCompiler.variables(base, variables));
        String error = Compiled.of(environment, text, ResultType.ANY).error();
        if (!error.isEmpty()) {
          GroupVersionKind kind = type.gvk();
          wrong.add(
              "%s, Kind=%s: %s"
                  .formatted(
                      kind.group().isEmpty() ? "/" + kind.version() : kind.apiVersion(),
                      kind.kind(),
                      error.replaceFirst("^compilation failed: ", "")));
        }
      }
    }
    return String.join("\n", wrong);
  }

  private DeclType params(GroupVersionKind kind) {
    return kinds
        .find(kind)
        .flatMap(t -> kinds.schema(t, kind))
        .map(s -> DeclType.of(s, "params." + kind.kind()))
        .orElse(DeclType.DYN);
  }

  private List<ResourceType> types(JsonNode rules) {
    List<ResourceType> found = new ArrayList<>();
    for (ResourceType type : kinds.all()) {
      if (found.size() < MOST_KINDS && named(rules, type)) {
        found.add(type);
      }
    }
    return found;
  }

  private static boolean named(JsonNode rules, ResourceType type) {
    for (JsonNode rule : rules) {
      if (has(rule.path("apiGroups"), type.gvr().group())
          && has(rule.path("apiVersions"), type.gvr().version())
          && has(rule.path("resources"), type.gvr().resource())) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(JsonNode list, String wanted) {
    for (JsonNode each : list) {
      if (each.asString("").equals(wanted)) {
        return true;
      }
    }
    return false;
  }
}
