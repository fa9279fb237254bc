package dev.mokha.server.admission.policies;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.ResultType;
import dev.mokha.server.admission.expressions.Compiled;
import dev.mokha.server.admission.expressions.Conditions;
import dev.mokha.server.admission.matching.MatchCriteria;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.admission.policies.Policy.Mutation;
import dev.mokha.server.admission.policies.Policy.Named;
import dev.mokha.server.admission.policies.Policy.Validation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Compiles the specifications of policies. */
final class PolicyCompiler {
  static final String VARIABLES = "variables";
  static final String VARIABLES_TYPE = "kubernetes.variables";

  private PolicyCompiler() {}

  static Policy compile(String name, JsonNode spec, ServedKinds kinds) {
    Optional<GroupVersionKind> params = paramKind(spec.path("paramKind"));
    CelEnvironment base = Policy.environment(false, params.isPresent());
    List<Named> variables = variables(base, spec.path(VARIABLES));
    CelEnvironment environment = withVariables(base, variables);
    List<Validation> validations = new ArrayList<>();
    for (JsonNode v : spec.path("validations")) {
      String message = v.path("messageExpression").asString("");
      validations.add(
          new Validation(
              compile(environment, v.path("expression"), ResultType.BOOL_OR_DYN),
              v.path("message").asString("").strip(),
              message.isBlank()
                  ? null
                  : compile(environment, v.path("messageExpression"), ResultType.STRING_OR_DYN),
              v.path("reason").asString("")));
    }
    List<Named> annotations = new ArrayList<>();
    for (JsonNode a : spec.path("auditAnnotations")) {
      annotations.add(
          new Named(
              a.path("key").asString(""),
              compile(environment, a.path("valueExpression"), ResultType.STRING_OR_NULL_OR_DYN)));
    }
    return new Policy(
        name,
        MatchCriteria.ofPolicy(spec.path("matchConstraints"), kinds),
        params,
        Conditions.of(() -> base, spec.path("matchConditions")),
        variables,
        !spec.path("failurePolicy").asString("").equals("Ignore"),
        validations,
        annotations,
        mutations(spec.path("mutations"), params.isPresent(), variables),
        spec.path("reinvocationPolicy").asString("").equals("IfNeeded"));
  }

  static Optional<GroupVersionKind> paramKind(JsonNode kind) {
    if (!kind.isObject()) {
      return Optional.empty();
    }
    String apiVersion = kind.path("apiVersion").asString("");
    int slash = apiVersion.indexOf('/');
    return Optional.of(
        new GroupVersionKind(
            slash < 0 ? "" : apiVersion.substring(0, slash),
            apiVersion.substring(slash + 1),
            kind.path("kind").asString("")));
  }

  private static List<Mutation> mutations(JsonNode list, boolean params, List<Named> variables) {
    if (list.isEmpty()) {
      return List.of();
    }
    CelEnvironment environment = withVariables(Policy.environment(true, params), variables);
    List<Mutation> mutations = new ArrayList<>();
    for (JsonNode m : list) {
      boolean applies = m.path("patchType").asString("").equals("ApplyConfiguration");
      mutations.add(
          new Mutation(
              applies,
              compile(
                  environment,
                  m.path(applies ? "applyConfiguration" : "jsonPatch").path("expression"),
                  applies ? ResultType.OBJECT : ResultType.JSON_PATCHES)));
    }
    return mutations;
  }

  /** Each variable may name those before it. */
  static List<Named> variables(CelEnvironment base, JsonNode list) {
    List<Named> variables = new ArrayList<>();
    for (JsonNode v : list) {
      variables.add(
          new Named(
              v.path("name").asString(""),
              compile(withVariables(base, variables), v.path("expression"), ResultType.ANY)));
    }
    return variables;
  }

  static CelEnvironment withVariables(CelEnvironment base, List<Named> variables) {
    Map<String, DeclType> fields = new LinkedHashMap<>();
    variables.forEach(v -> fields.put(v.name(), v.expression().type()));
    return base.with(VARIABLES, DeclType.object(VARIABLES_TYPE, fields));
  }

  private static Compiled compile(CelEnvironment environment, JsonNode text, ResultType type) {
    return Compiled.of(environment, text.asString("").strip(), type);
  }
}
