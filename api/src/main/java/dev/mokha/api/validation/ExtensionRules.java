package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules for what extends the server: webhooks, policies, custom kinds, API services. */
final class ExtensionRules {
  private static final int LONGEST_WEBHOOK_SECONDS = 30;

  private ExtensionRules() {}

  static void webhooks(Value configuration) {
    Set<String> names = new HashSet<>();
    for (Value hook : configuration.at("webhooks").elements()) {
      Value name = hook.at("name");
      name.invalid(fullyQualified(name.text()));
      if (!names.add(name.text())) {
        name.duplicate();
      }
      for (Value rule : hook.at("rules").elements()) {
        rule(rule);
      }
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
      client(hook.at("clientConfig"));
      Value reviews = hook.at("admissionReviewVersions");
      if (reviews.isEmpty()) {
        reviews.required("must specify one of v1, v1beta1");
      } else if (reviews.elements().stream().noneMatch(v -> v.is("v1") || v.is("v1beta1"))) {
        reviews.invalid("must include at least one of v1, v1beta1");
      }
      conditions(hook.at("matchConditions"));
    }
  }

  private static void conditions(Value conditions) {
    Set<String> names = new HashSet<>();
    if (conditions.size() > 64) {
      conditions.errors().tooMany(conditions.path(), conditions.size(), 64);
    }
    for (Value condition : conditions.elements()) {
      condition.at("expression").isRequired();
      Value name = condition.at("name");
      if (name.isRequired()) {
        name.keeps(Names::qualifiedName);
        if (!names.add(name.text())) {
          name.duplicate();
        }
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

  private static void rule(Value rule) {
    for (String list : List.of("operations", "apiGroups", "apiVersions", "resources")) {
      Value values = rule.at(list);
      if (values.isEmpty()) {
        values.required();
      } else if (values.size() > 1
          && !list.equals("resources")
          && values.elements().stream().anyMatch(v -> v.is("*"))) {
        values.invalid("if '*' is present, must not specify other " + list);
      }
    }
    for (Value operation : rule.at("operations").elements()) {
      operation.oneOf("*", "CONNECT", "CREATE", "DELETE", "UPDATE");
    }
    rule.at("scope").oneOf("*", "Cluster", "Namespaced");
  }

  private static void client(Value client) {
    Value url = client.at("url");
    Value service = client.at("service");
    if (url.exists() == service.exists()) {
      client.required("exactly one of url or service is required");
    }
    if (url.exists() && !url.text().startsWith("https://")) {
      url.invalid(
          url.text().replaceFirst(":.*", ""),
          "'https' is the only allowed URL scheme; desired format: https://host[/path]");
    }
    if (service.exists()) {
      service.at("namespace").isRequired();
      service.at("name").isRequired();
      Value port = service.at("port");
      if (port.exists()) {
        Names.portNumber(port.number()).forEach(m -> port.invalid("port is not valid: " + m));
      }
    }
  }

  static void admissionPolicy(Value policy) {
    Value spec = policy.at("spec");
    spec.at("failurePolicy").oneOf("Fail", "Ignore");
    Value kind = spec.at("paramKind");
    if (kind.exists()) {
      kind.at("apiVersion").isRequired();
      kind.at("kind").isRequired();
    }
    Value match = spec.at("matchConstraints");
    if (!match.exists()) {
      match.required();
    } else {
      Value rules = match.at("resourceRules");
      if (rules.isEmpty()) {
        rules.required();
      }
      rules.elements().forEach(ExtensionRules::rule);
    }
    boolean mutates = spec.node().has("mutations");
    if (mutates) {
      spec.at("reinvocationPolicy").oneOf("IfNeeded", "Never");
    } else if (spec.at("validations").isEmpty() && spec.at("auditAnnotations").isEmpty()) {
      spec.at("validations")
          .required("validations or auditAnnotations must contain at least one item");
      spec.at("auditAnnotations")
          .required("validations or auditAnnotations must contain at least one item");
    }
    for (Value validation : spec.at("validations").elements()) {
      if (validation.at("expression").text().isBlank()) {
        validation.at("expression").required("expression is not specified");
      }
      validation
          .at("reason")
          .oneOf("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    }
    conditions(spec.at("matchConditions"));
  }

  static void admissionBinding(Value binding) {
    Value spec = binding.at("spec");
    spec.at("policyName").requiredKeeping(Names::dns1123Subdomain);
    if (!spec.node().has("validationActions")) {
      return;
    }
    Set<String> actions = new HashSet<>();
    for (Value action : spec.at("validationActions").elements()) {
      action.oneOf("Audit", "Deny", "Warn");
      if (!actions.add(action.text())) {
        action.duplicate();
      }
    }
    if (actions.contains("Deny") && actions.contains("Warn")) {
      spec.at("validationActions")
          .invalid(
              "must not contain both Deny and Warn (repeating the same validation failure"
                  + " information in the API response and headers serves no purpose)");
    }
  }

  static void customResourceDefinition(Value definition) {
    Value spec = definition.at("spec");
    Value group = spec.at("group");
    if (group.isRequired()) {
      group.keeps(Names::dns1123Subdomain);
      if (Names.dns1123Subdomain(group.text()).isEmpty() && group.text().indexOf('.') < 0) {
        group.invalid("should be a domain with at least one dot");
      }
    }
    spec.at("scope").requiredOneOf("Cluster", "Namespaced");
    Value names = spec.at("names");
    names.at("plural").requiredKeeping(Names::dns1035Label);
    names.at("singular").keeps(Names::dns1035Label);
    for (String kind : List.of("kind", "listKind")) {
      Value name = names.at(kind);
      if (name.isEmpty()) {
        name.required();
      } else {
        Names.dns1035Label(name.text().toLowerCase(Locale.ROOT))
            .forEach(m -> name.invalid("may have mixed case, but should otherwise match: " + m));
      }
    }
    names.at("shortNames").elements().forEach(n -> n.keeps(Names::dns1035Label));
    Value name = definition.at("metadata", "name");
    String wanted = names.at("plural").text() + "." + group.text();
    if (!name.is(wanted)) {
      name.invalid("must be spec.names.plural+\".\"+spec.group");
    }
    versions(spec.at("versions"));
    Value conversion = spec.at("conversion");
    conversion.at("strategy").oneOf("None", "Webhook");
    if (conversion.at("strategy").is("Webhook") && !conversion.has("webhook")) {
      conversion.at("webhook").required("required when strategy is set to \"Webhook\"");
    }
  }

  private static void versions(Value versions) {
    Set<String> seen = new HashSet<>();
    int stored = 0;
    for (Value version : versions.elements()) {
      Value name = version.at("name");
      name.requiredKeeping(Names::dns1035Label);
      if (!seen.add(name.text())) {
        versions.invalid("must contain unique version names");
      }
      stored += version.at("storage").flag() ? 1 : 0;
      Value schema = version.at("schema").at("openAPIV3Schema");
      if (!schema.exists()) {
        schema.required();
      }
    }
    if (stored != 1) {
      versions.invalid("must have exactly one version marked as storage version");
    }
  }

  static void definitionChange(Value definition, Value old) {
    Value spec = definition.at("spec");
    boolean established =
        old.at("status", "conditions").elements().stream()
            .anyMatch(c -> c.at("type").is("Established") && c.at("status").is("True"));
    if (established) {
      spec.at("scope").immutable(old.at("spec", "scope"));
      spec.at("names", "kind").immutable(old.at("spec").at("names", "kind"));
    }
    spec.at("group").immutable(old.at("spec", "group"));
    spec.at("names", "plural").immutable(old.at("spec").at("names", "plural"));
    Set<String> versions = new HashSet<>();
    spec.at("versions").elements().forEach(v -> versions.add(v.at("name").text()));
    Value stored = old.at("status", "storedVersions");
    for (int i = 0; i < stored.size(); i++) {
      String version = stored.element(i).text();
      if (!versions.contains(version)) {
        spec.errors()
            .invalid(
                "status.storedVersions[" + i + "]",
                version,
                ("missing from spec.versions; %1$s was previously a storage version, and must"
                        + " remain in spec.versions until a storage migration ensures no data"
                        + " remains persisted in %1$s and removes %1$s from"
                        + " status.storedVersions")
                    .formatted(version));
      }
    }
  }

  static void apiService(Value service) {
    Value spec = service.at("spec");
    Value name = service.at("metadata", "name");
    String wanted = spec.at("version").text() + "." + spec.at("group").text();
    if (!name.is(wanted)) {
      name.invalid("must be `spec.version+\".\"+spec.group`: \"" + wanted + "\"");
    }
    Value group = spec.at("group");
    if (!group.isEmpty()) {
      group.keeps(Names::dns1123Subdomain);
    } else if (!spec.at("version").is("v1")) {
      group.required("only v1 may have an empty group and it better be legacy kube");
    }
    spec.at("version").requiredKeeping(Names::dns1035Label);
    range(spec.at("groupPriorityMinimum"), 20000);
    range(spec.at("versionPriority"), 1000);
    Value target = spec.at("service");
    boolean insecure = spec.at("insecureSkipTLSVerify").flag();
    if (!target.exists()) {
      if (!spec.at("caBundle").isEmpty()) {
        spec.at("caBundle").invalid("<omitted>", "local APIServices may not have a caBundle");
      }
      if (insecure) {
        spec.at("insecureSkipTLSVerify")
            .invalid("local APIServices may not have insecureSkipTLSVerify");
      }
      return;
    }
    target.at("namespace").isRequired();
    target.at("name").isRequired();
    if (insecure && !spec.at("caBundle").isEmpty()) {
      spec.at("insecureSkipTLSVerify").invalid("may not be true if caBundle is present");
    }
  }

  private static void range(Value priority, int most) {
    if (priority.number() <= 0 || priority.number() > most) {
      priority.invalid("must be positive and less than " + most);
    }
  }
}
