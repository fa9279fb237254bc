package dev.mokha.server.crd.validation;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.CelExpression;
import dev.mokha.cel.CostBudget;
import dev.mokha.cel.CostLimitException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Asks the rules of a schema about an object. All of them together have one budget; when it is
 * spent, or one rule costs more than a single call may, no more are asked and the object is
 * refused.
 */
final class RuleCheck {
  private static final int LONGEST_MESSAGE = 5 * 1024;

  /** No more rules are asked. */
  @SuppressWarnings("serial")
  private static final class Stop extends RuntimeException {
    Stop() {
      super("", null, false, false);
    }
  }

  private final CostBudget budget = CostBudget.forObject();
  private final Causes causes;

  private RuleCheck(Causes causes) {
    this.causes = causes;
  }

  /**
   * Complains about what breaks a rule.
   *
   * @param old what the value was before; null for none
   */
  static void check(SchemaNode schema, JsonNode value, JsonNode old, Path path, Causes causes) {
    if (!schema.hasRules) {
      return;
    }
    try {
      new RuleCheck(causes).walk(schema, value, path, old, false);
    } catch (Stop e) {
      // What was found until then is all there is to say.
    }
  }

  /**
   * One value and all below it.
   *
   * @param old what it was before, where that can be told
   * @param inUnchanged whether it is a part, not told apart, of a value that is as it was
   */
  private void walk(
      SchemaNode schema, JsonNode value, Path path, JsonNode old, boolean inUnchanged) {
    if (!schema.hasRules || value.isNull()) {
      return;
    }
    boolean unchanged = old != null ? Correlation.unchanged(old, value) : inUnchanged;
    if (schema.rules != null) {
      rules(schema, value, path, old, unchanged);
    }
    if (value.isArray() && schema.items != null) {
      for (int i = 0; i < value.size(); i++) {
        JsonNode element = value.get(i);
        walk(
            schema.items,
            element,
            path.index(i),
            Correlation.element(schema, old, element),
            unchanged && schema.listKind != SchemaNode.ListKind.MAP);
      }
    } else if (value.isObject()) {
      for (Map.Entry<String, JsonNode> e : value.properties()) {
        SchemaNode field = schema.properties.get(e.getKey());
        JsonNode before = Correlation.field(old, e.getKey());
        if (field != null) {
          walk(field, e.getValue(), path.child(e.getKey()), before, inUnchanged);
        } else if (schema.additional != null) {
          walk(schema.additional, e.getValue(), path.key(e.getKey()), before, inUnchanged);
        }
      }
    }
  }

  private void rules(
      SchemaNode schema, JsonNode value, Path path, JsonNode old, boolean unchanged) {
    String type = schema.source.path("type").asString("");
    if (budget.left() <= 0) {
      causes.invalid(path, type, outOfBudget("validation failed"));
      throw new Stop();
    }
    Map<String, Object> plain = new HashMap<>();
    plain.put("self", value);
    Map<String, Object> optional = new HashMap<>(plain);
    if (old != null) {
      plain.put("oldSelf", old);
      optional.put("oldSelf", old);
    } else {
      optional.put("oldSelf", Optional.empty());
    }
    for (RuleSet.Rule rule : schema.rules.rules()) {
      if (!rule.error().isEmpty()) {
        causes.invalid(path, type, "rule compile error: " + rule.error());
        continue;
      }
      if (rule.expression() == null
          || (rule.usesOldSelf() && old == null && !rule.optionalOldSelf())) {
        continue;
      }
      Map<String, Object> variables = rule.optionalOldSelf() ? optional : plain;
      if (!holds(rule, variables, path, type)) {
        broken(rule, schema, value, variables, path, type, unchanged);
      }
    }
  }

  private static String outOfBudget(String what) {
    return what + " due to running out of cost budget, no further validation rules will be run";
  }

  private boolean holds(RuleSet.Rule rule, Map<String, Object> variables, Path path, String type) {
    try {
      return Boolean.TRUE.equals(rule.expression().evaluate(variables, budget));
    } catch (CostLimitException e) {
      causes.invalid(
          path,
          type,
          e.ofBudget()
              ? outOfBudget("validation failed")
              : "'%s': no further validation rules will be run due to call cost exceeds limit for rule: %s"
                  .formatted(e.getMessage(), rule.name()));
      throw new Stop();
    } catch (CelEvaluationException e) {
      causes.invalid(
          path,
          type,
          e.getMessage().startsWith("no such overload")
              ? "'%s': call arguments did not match a supported operator, function or macro signature for rule: %s"
                  .formatted(e.getMessage(), rule.name())
              : e.getMessage() + " evaluating rule: " + rule.name());
      return true;
    }
  }

  private void broken(
      RuleSet.Rule rule,
      SchemaNode schema,
      JsonNode value,
      Map<String, Object> variables,
      Path path,
      String type,
      boolean unchanged) {
    Path at = path;
    if (!rule.fieldPath().isEmpty()) {
      Optional<Path> below = FieldPaths.resolve(rule.fieldPath(), schema, path);
      at = below.orElse(path);
    }
    int before = causes.size();
    String detail = detail(rule, variables, at, type);
    boolean shown = !type.equals("object") && !type.equals("array");
    switch (rule.source().path("reason").asString("FieldValueInvalid")) {
      case "FieldValueForbidden" -> causes.forbidden(at, detail);
      case "FieldValueRequired" -> causes.required(at, detail);
      case "FieldValueDuplicate" -> {
        if (shown) {
          causes.duplicate(at, value);
        } else {
          causes.duplicate(at);
        }
      }
      default -> {
        if (shown) {
          causes.invalid(at, value, detail);
        } else {
          causes.invalid(at, detail);
        }
      }
    }
    // A value that is as it was before may go on breaking a rule that only looks at the value.
    if (unchanged && !rule.usesOldSelf()) {
      causes.keep(before);
    }
  }

  private String detail(RuleSet.Rule rule, Map<String, Object> variables, Path at, String type) {
    CelExpression expression = rule.messageExpression();
    if (expression != null) {
      try {
        Object message = expression.evaluate(variables, budget);
        if (message instanceof String text) {
          String trimmed = text.strip();
          if (!trimmed.isEmpty()
              && trimmed.indexOf('\n') < 0
              && trimmed.getBytes(StandardCharsets.UTF_8).length <= LONGEST_MESSAGE) {
            return trimmed;
          }
        }
      } catch (CostLimitException e) {
        causes.invalid(
            at,
            type,
            e.ofBudget()
                ? outOfBudget("messageExpression evaluation failed")
                : "no further validation rules will be run due to call cost exceeds limit for"
                    + " messageExpression: "
                    + Causes.quoted(expression.text()));
        throw new Stop();
      } catch (CelEvaluationException e) {
        // Then the rule's own message does.
      }
    }
    return rule.message().isEmpty() ? "failed rule: " + rule.text() : rule.message();
  }
}
