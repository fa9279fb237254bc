package dev.mokha.server.crd.validation;

import dev.mokha.cel.CelCompileException;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.CelExpression;
import dev.mokha.cel.DeclType;
import dev.mokha.cel.ResultType;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code x-kubernetes-validations} of one part of a schema. They are compiled when they are
 * first asked for: a definition without rules never loads CEL.
 */
final class RuleSet {
  /**
   * One rule.
   *
   * @param source as the definition has it
   * @param expression null when it does not compile
   * @param error why it does not; empty when it does
   * @param messageExpression null for none, and when it does not compile
   * @param messageError why it does not; empty when it does
   * @param optionalOldSelf whether {@code oldSelf} may be absent
   */
  record Rule(
      ObjectNode source,
      CelExpression expression,
      String error,
      CelExpression messageExpression,
      String messageError,
      boolean optionalOldSelf) {
    boolean usesOldSelf() {
      return expression != null && expression.variables().contains("oldSelf");
    }

    String text() {
      return source.path("rule").asString("").strip();
    }

    String message() {
      return source.path("message").asString("").strip();
    }

    /** The rule, as complaints about it name it. */
    String name() {
      return message().isEmpty() ? text() : message();
    }

    /** Where a complaint goes, below the value: {@code .spec.x}; empty for the value itself. */
    String fieldPath() {
      return source.path("fieldPath").asString("").strip();
    }
  }

  private final ObjectNode schema;
  private final boolean resourceRoot;
  private volatile List<Rule> rules;

  RuleSet(ObjectNode schema, boolean resourceRoot) {
    this.schema = schema;
    this.resourceRoot = resourceRoot;
  }

  /** The type of the value the rules are about, as they see it; null when they can't. */
  DeclType type() {
    return DeclType.ofCustom(schema, resourceRoot);
  }

  List<Rule> rules() {
    List<Rule> made = rules;
    if (made == null) {
      made = compile();
      rules = made;
    }
    return made;
  }

  private List<Rule> compile() {
    List<Rule> made = new ArrayList<>();
    DeclType type = type();
    if (type == null) {
      return made;
    }
    CelEnvironment plain =
        CelEnvironment.builder().variable("self", type).variable("oldSelf", type).build();
    CelEnvironment optional = null;
    for (JsonNode node : schema.path("x-kubernetes-validations")) {
      ObjectNode rule = (ObjectNode) node;
      boolean optionalOldSelf = rule.path("optionalOldSelf").asBoolean(false);
      if (optionalOldSelf && optional == null) {
        optional = plain.with("oldSelf", DeclType.optional(type));
      }
      made.add(compile(rule, optionalOldSelf ? optional : plain, optionalOldSelf));
    }
    return List.copyOf(made);
  }

  private static Rule compile(ObjectNode rule, CelEnvironment environment, boolean optional) {
    String text = rule.path("rule").asString("");
    if (text.isBlank()) {
      return new Rule(rule, null, "", null, "", optional);
    }
    CelExpression expression = null;
    String error = "";
    try {
      expression = environment.compile(text, ResultType.BOOL);
    } catch (CelCompileException e) {
      error = e.wrongType() ? e.getMessage() : "compilation failed: " + e.getMessage();
    }
    CelExpression message = null;
    String messageError = "";
    String messageText = rule.path("messageExpression").asString("");
    if (expression != null && !messageText.isEmpty()) {
      try {
        message = environment.compile(messageText, ResultType.STRING);
      } catch (CelCompileException e) {
        messageError =
            e.wrongType()
                ? "messageExpression must evaluate to a string"
                : "messageExpression compilation failed: " + e.getMessage();
      }
    }
    return new Rule(rule, expression, error, message, messageError, optional);
  }
}
