package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules for what extends the server: custom kinds, API services. */
final class ExtensionRules {
  private ExtensionRules() {}

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
