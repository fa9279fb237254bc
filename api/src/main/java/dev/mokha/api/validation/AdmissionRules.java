package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.validation.ExpressionCheck.Place;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The rules for what takes part in admission: webhooks, policies and their bindings. */
public final class AdmissionRules {
  private static final String GROUP = "admissionregistration.k8s.io/";
  private static final int LONGEST_WEBHOOK_SECONDS = 30;
  private static final int MOST_CONDITIONS = 64;
  private static final String NO_EXPRESSION = "expression is not specified";

  private final ExpressionCheck expressions;

  private AdmissionRules(ExpressionCheck expressions) {
    this.expressions = expressions;
  }

  /**
   * The rules by group and kind.
   *
   * @param expressions makes a check for one object
   */
  public static Map<String, ObjectValidator> validators(Supplier<ExpressionCheck> expressions) {
    Map<String, ObjectValidator> kinds = new HashMap<>();
    for (String kind : List.of("Validating", "Mutating")) {
      kinds.put(
          GROUP + kind + "WebhookConfiguration",
          KindRules.of(NameRule.SUBDOMAIN, o -> new AdmissionRules(expressions.get()).webhooks(o)));
      kinds.put(
          GROUP + kind + "AdmissionPolicyBinding",
          KindRules.of(
              NameRule.SUBDOMAIN,
              o -> new AdmissionRules(ExpressionCheck.NONE).binding(o, kind.equals("Mutating"))));
    }
    kinds.put(
        GROUP + "ValidatingAdmissionPolicy",
        KindRules.of(
            NameRule.SUBDOMAIN, o -> new AdmissionRules(expressions.get()).validatingPolicy(o)));
    kinds.put(
        GROUP + "MutatingAdmissionPolicy",
        KindRules.of(
            NameRule.SUBDOMAIN, o -> new AdmissionRules(expressions.get()).mutatingPolicy(o)));
    return kinds;
  }

  // Webhooks.

  private void webhooks(Value configuration) {
    Set<String> names = new HashSet<>();
    for (Value hook : configuration.at("webhooks").elements()) {
      Value name = hook.at("name");
      name.invalid(fullyQualified(name.text()));
      hook.at("rules")
          .elements()
          .forEach(r -> rule(r, "*", "CONNECT", "CREATE", "DELETE", "UPDATE"));
      hook.at("failurePolicy").oneOf("Fail", "Ignore");
      hook.at("matchPolicy").oneOf("Equivalent", "Exact");
      Value effects = hook.at("sideEffects");
      if (!effects.exists()) {
        effects.required("must specify one of None, NoneOnDryRun");
      } else {
        effects.oneOf("None", "NoneOnDryRun");
      }
      hook.at("reinvocationPolicy").oneOf("IfNeeded", "Never");
      Value seconds = hook.at("timeoutSeconds");
      if (seconds.exists()
          && (seconds.number() < 1 || seconds.number() > LONGEST_WEBHOOK_SECONDS)) {
        seconds.invalid("the timeout value must be between 1 and 30 seconds");
      }
      SelectorRules.check(hook.at("namespaceSelector"));
      SelectorRules.check(hook.at("objectSelector"));
      WebhookClientRules.check(hook.at("clientConfig"));
      reviews(hook.at("admissionReviewVersions"));
      conditions(hook.at("matchConditions"), Place.WEBHOOK_CONDITION);
      if (!names.add(name.text())) {
        name.duplicate();
      }
    }
  }

  private static List<String> fullyQualified(String name) {
    if (name.isEmpty()) {
      return List.of("a fully qualified name is required");
    }
    List<String> wrong = Names.dns1123Subdomain(name);
    return wrong.isEmpty() && name.split("\\.").length < 3
        ? List.of("should be a domain with at least three segments separated by dots")
        : wrong;
  }

  private static void reviews(Value reviews) {
    if (reviews.isEmpty()) {
      reviews.required("must specify one of v1, v1beta1");
      return;
    }
    Set<String> seen = new HashSet<>();
    boolean known = false;
    for (Value version : reviews.elements()) {
      version.invalid(Names.dns1035Label(version.text()));
      if (!seen.add(version.text())) {
        version.invalid("duplicate version");
      }
      known |= version.is("v1") || version.is("v1beta1");
    }
    if (!known) {
      reviews.invalid("must include at least one of v1, v1beta1");
    }
  }

  // Parts of several kinds.

  private static void rule(Value rule, String... operations) {
    any(rule.at("operations"), "operations", false);
    for (Value operation : rule.at("operations").elements()) {
      operation.oneOf(operations);
    }
    any(rule.at("apiGroups"), "API groups", false);
    any(rule.at("apiVersions"), "API versions", true);
    resources(rule.at("resources"));
    rule.at("scope").oneOf("*", "Cluster", "Namespaced");
  }

  private static void any(Value values, String what, boolean eachNeeded) {
    if (values.isEmpty()) {
      values.required();
      return;
    }
    if (eachNeeded) {
      values.elements().stream().filter(Value::isEmpty).forEach(Value::required);
    }
    if (values.size() > 1 && values.elements().stream().anyMatch(v -> v.is("*"))) {
      values.invalid("if '*' is present, must not specify other " + what);
    }
  }

  private static void resources(Value resources) {
    if (resources.isEmpty()) {
      resources.required();
      return;
    }
    Set<String> wholes = new HashSet<>();
    Set<String> subresources = new HashSet<>();
    boolean everything = false;
    boolean allWholes = false;
    boolean plain = false;
    for (Value resource : resources.elements()) {
      String text = resource.text();
      if (text.isEmpty()) {
        resource.required();
        continue;
      }
      everything |= text.equals("*/*");
      allWholes |= text.equals("*");
      int slash = text.indexOf('/');
      if (slash < 0) {
        plain |= !text.equals("*");
        continue;
      }
      String whole = text.substring(0, slash);
      String sub = text.substring(slash + 1);
      if (wholes.contains(whole)) {
        resource.invalid("if '%s/*' is present, must not specify %s".formatted(whole, text));
      } else if (subresources.contains(sub)) {
        resource.invalid("if '*/%s' is present, must not specify %s".formatted(sub, text));
      } else if (everything && !text.equals("*/*")) {
        resource.invalid("if '*/*' is present, must not specify " + text);
      }
      if (sub.equals("*")) {
        wholes.add(whole);
      }
      if (whole.equals("*")) {
        subresources.add(sub);
      }
    }
    if (everything && resources.size() > 1) {
      resources.invalid("if '*/*' is present, must not specify other resources");
    }
    if (allWholes && plain) {
      resources.invalid("if '*' is present, must not specify other resources without subresources");
    }
  }

  private void conditions(Value conditions, Place place) {
    Set<String> names = new HashSet<>();
    if (conditions.size() > MOST_CONDITIONS) {
      conditions.errors().tooMany(conditions.path(), conditions.size(), MOST_CONDITIONS);
    }
    for (Value condition : conditions.elements()) {
      Value expression = condition.at("expression");
      if (expression.text().isBlank()) {
        expression.required();
      } else {
        compile(expression, place);
      }
      Value name = condition.at("name");
      if (name.isRequired()) {
        name.keeps(Names::qualifiedName);
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
    }
  }

  private void compile(Value expression, Place place) {
    expressions.check(place, expression.text().strip()).ifPresent(expression::invalid);
  }

  private static void match(Value match, boolean needed, String... operations) {
    match.at("matchPolicy").oneOf("Equivalent", "Exact");
    SelectorRules.check(match.at("namespaceSelector"));
    SelectorRules.check(match.at("objectSelector"));
    Value rules = match.at("resourceRules");
    if (needed && rules.isEmpty()) {
      rules.required();
    }
    rules.elements().forEach(r -> rule(r, operations));
    match.at("excludeResourceRules").elements().forEach(r -> rule(r, operations));
  }

  // Policies.

  private void head(Value spec, String... operations) {
    spec.at("failurePolicy").oneOf("Fail", "Ignore");
    Value kind = spec.at("paramKind");
    if (kind.exists()) {
      paramKind(kind);
    }
    expressions.begin(kind.exists());
    Value match = spec.at("matchConstraints");
    if (!match.exists()) {
      match.required();
    } else {
      match(match, true, operations);
    }
    conditions(spec.at("matchConditions"), Place.CONDITION);
    for (Value variable : spec.at("variables").elements()) {
      variable(variable);
    }
  }

  private static void paramKind(Value kind) {
    Value version = kind.at("apiVersion");
    if (version.isRequired()) {
      String[] parts = version.text().split("/", -1);
      if (parts.length > 2) {
        version.invalid("unexpected GroupVersion string: " + version.text());
      } else {
        if (parts.length == 2) {
          version.invalid(Names.dns1123Subdomain(parts[0]));
        }
        version.invalid(Names.dns1035Label(parts[parts.length - 1]));
      }
    }
    Value name = kind.at("kind");
    if (name.isRequired()) {
      Names.dns1035Label(name.text().toLowerCase(Locale.ROOT))
          .forEach(m -> name.invalid("may have mixed case, but should otherwise match: " + m));
    }
  }

  private void variable(Value variable) {
    Value name = variable.at("name");
    if (name.text().isBlank()) {
      name.required("name is not specified");
    } else if (!name.text().matches("[_a-zA-Z][_a-zA-Z0-9]*")) {
      name.invalid("must be a valid CEL identifier");
    }
    Value expression = variable.at("expression");
    if (expression.text().isBlank()) {
      expression.required(NO_EXPRESSION);
    } else {
      compile(expression, Place.VARIABLE);
      expressions.declare(name.text(), expression.text().strip());
    }
  }

  private void validatingPolicy(Value policy) {
    Value spec = policy.at("spec");
    head(spec, "*", "CONNECT", "CREATE", "DELETE", "UPDATE");
    Value validations = spec.at("validations");
    Value annotations = spec.at("auditAnnotations");
    if (validations.isEmpty() && annotations.isEmpty()) {
      String needed = "validations or auditAnnotations must contain at least one item";
      validations.required(needed);
      annotations.required(needed);
      return;
    }
    validations.elements().forEach(this::validation);
    Set<String> keys = new HashSet<>();
    for (Value annotation : annotations.elements()) {
      annotation(policy, annotation, keys);
    }
  }

  private void validation(Value validation) {
    Value expression = validation.at("expression");
    if (expression.text().isBlank()) {
      expression.required(NO_EXPRESSION);
    } else {
      compile(expression, Place.VALIDATION);
    }
    Value made = validation.at("messageExpression");
    if (made.exists() && made.text().isBlank()) {
      made.invalid("must be non-empty if specified");
    } else if (made.exists()) {
      compile(made, Place.MESSAGE);
    }
    Value message = validation.at("message");
    if (message.exists() && !message.text().isEmpty() && message.text().isBlank()) {
      message.invalid("message must be non-empty if specified");
    } else if (message.text().strip().indexOf('\n') >= 0) {
      message.invalid("must not contain line breaks");
    } else if (message.isEmpty() && expression.text().strip().indexOf('\n') >= 0) {
      message.required("must be specified if expression contains line breaks");
    }
    validation.at("reason").oneOf("Forbidden", "Invalid", "RequestEntityTooLarge");
  }

  private void annotation(Value policy, Value annotation, Set<String> keys) {
    Value key = annotation.at("key");
    if (key.text().isBlank()) {
      key.required("key is not specified");
    } else {
      String name = policy.at("metadata", "name").text() + "/" + key.text();
      Names.qualifiedName(name).forEach(m -> key.invalid(name, m));
    }
    Value expression = annotation.at("valueExpression");
    if (expression.text().isBlank()) {
      expression.required("valueExpression is not specified");
    } else {
      compile(expression, Place.ANNOTATION);
    }
    if (!keys.add(key.text())) {
      key.duplicate();
    }
  }

  private void mutatingPolicy(Value policy) {
    Value spec = policy.at("spec");
    head(spec, "*", "CONNECT", "CREATE", "UPDATE");
    Value mutations = spec.at("mutations");
    if (mutations.isEmpty()) {
      mutations.required("mutations must contain at least one item");
    }
    mutations.elements().forEach(this::mutation);
    Value again = spec.at("reinvocationPolicy");
    if (again.isRequired()) {
      again.oneOf("IfNeeded", "Never");
    }
  }

  private void mutation(Value mutation) {
    Value type = mutation.at("patchType");
    if (!type.isRequired()) {
      return;
    }
    switch (type.text()) {
      case "ApplyConfiguration" ->
          patch(mutation, "applyConfiguration", "jsonPatch", Place.APPLY_CONFIGURATION);
      case "JSONPatch" -> patch(mutation, "jsonPatch", "applyConfiguration", Place.JSON_PATCH);
      default -> type.notSupported("ApplyConfiguration", "JSONPatch");
    }
  }

  private void patch(Value mutation, String wanted, String other, Place place) {
    String type = mutation.at("patchType").text();
    Value patch = mutation.at(wanted);
    if (!patch.exists()) {
      patch.required("must be specified when patchType is " + type);
    } else if (patch.at("expression").text().isBlank()) {
      patch.at("expression").required(NO_EXPRESSION);
    } else {
      compile(patch.at("expression"), place);
    }
    if (mutation.at(other).exists()) {
      mutation
          .at(other)
          .invalid("{" + other + "}", "must not be specified when patchType is " + type);
    }
  }

  // Bindings.

  private void binding(Value binding, boolean mutating) {
    Value spec = binding.at("spec");
    spec.at("policyName").requiredKeeping(Names::dns1123Subdomain);
    Value ref = spec.at("paramRef");
    if (ref.exists()) {
      paramRef(ref);
    }
    Value match = spec.at("matchResources");
    if (match.exists()) {
      match(
          match,
          false,
          mutating
              ? new String[] {"*", "CONNECT", "CREATE", "UPDATE"}
              : new String[] {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"});
    }
    if (!mutating) {
      actions(spec.at("validationActions"));
    }
  }

  private static void paramRef(Value ref) {
    Value name = ref.at("name");
    Value selector = ref.at("selector");
    if (!name.isEmpty() && selector.exists()) {
      name.forbidden("name and selector are mutually exclusive");
    } else if (name.isEmpty() && !selector.exists()) {
      ref.required("one of name or selector must be specified");
    }
    SelectorRules.check(selector);
    Value action = ref.at("parameterNotFoundAction");
    if (action.isRequired()) {
      action.oneOf("Allow", "Deny");
    }
  }

  private static void actions(Value actions) {
    if (actions.isEmpty()) {
      actions.required("at least one validation action is required");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (Value action : actions.elements()) {
      action.oneOf("Audit", "Deny", "Warn");
      if (!seen.add(action.text())) {
        action.duplicate();
      }
    }
    if (seen.contains("Deny") && seen.contains("Warn")) {
      actions.invalid(
          "must not contain both Deny and Warn (repeating the same validation failure"
              + " information in the API response and headers serves no purpose)");
    }
  }
}
