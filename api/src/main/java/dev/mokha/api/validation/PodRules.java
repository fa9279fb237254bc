package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.Set;

/** The rules for a pod and for the template of one. */
final class PodRules {
  private static final int MOST_NAMESERVERS = 3;
  private static final int MOST_SEARCHES = 32;
  private static final int SEARCH_CHARACTERS = 2048;

  private PodRules() {}

  static void pod(Value pod) {
    spec(pod.at("spec"));
    Value spec = pod.at("spec");
    if (!spec.at("schedulingGates").isEmpty() && !spec.at("nodeName").isEmpty()) {
      spec.at("nodeName").forbidden("cannot be set until all schedulingGates have been cleared");
    }
  }

  static void template(Value template) {
    SelectorRules.templateMeta(template.at("metadata"));
    Value spec = template.at("spec");
    spec(spec);
    if (!spec.at("ephemeralContainers").isEmpty()) {
      spec.at("ephemeralContainers").forbidden("ephemeral containers not allowed in pod template");
    }
  }

  static void spec(Value spec) {
    Set<String> volumes = VolumeRules.volumes(spec.at("volumes"));
    ContainerRules.check(spec, volumes);
    spec.at("restartPolicy").requiredOneOf("Always", "OnFailure", "Never");
    dns(spec);
    SelectorRules.labels(spec.at("nodeSelector"));
    SecurityRules.pod(spec);

    AffinityRules.affinity(spec.at("affinity"));
    spec.at("serviceAccountName").keeps(Names::dns1123Subdomain);
    spec.at("nodeName").keeps(Names::dns1123Subdomain);
    spec.at("activeDeadlineSeconds").between(1, Integer.MAX_VALUE);
    spec.at("hostname").keeps(Names::dns1123Label);
    spec.at("subdomain").keeps(Names::dns1123Label);
    tolerations(spec.at("tolerations"));
    for (Value alias : spec.at("hostAliases").elements()) {
      Addresses.check(alias.at("ip"));
      alias.at("hostnames").elements().forEach(h -> h.keeps(Names::dns1123Subdomain));
    }
    spec.at("priorityClassName").keeps(Names::dns1123Subdomain);
    spec.at("runtimeClassName").keeps(Names::dns1123Subdomain);
    spec.at("preemptionPolicy").oneOf("Never", "PreemptLowerPriority");
    for (Value gate : spec.at("readinessGates").elements()) {
      gate.at("conditionType").invalid(Names.qualifiedName(gate.at("conditionType").text()));
    }
    gates(spec.at("schedulingGates"));
    AffinityRules.spread(spec.at("topologySpreadConstraints"));
    for (Value amount : spec.at("overhead").entries()) {
      ResourceRules.amountOf(amount.name(), amount);
    }
    if (spec.has("os")) {
      spec.at("os", "name").requiredOneOf("linux", "windows");
    }
  }

  private static void gates(Value gates) {
    Set<String> seen = new HashSet<>();
    for (Value gate : gates.elements()) {
      Value name = gate.at("name");
      name.errors().invalid(gate.path(), name.text(), Names.qualifiedName(name.text()));
      if (!seen.add(name.text())) {
        name.errors().duplicate(gate.path(), name.text());
      }
    }
  }

  private static void dns(Value spec) {
    Value policy = spec.at("dnsPolicy");
    policy.oneOf("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
    Value config = spec.at("dnsConfig");
    Value servers = config.at("nameservers");
    if (policy.is("None")) {
      if (!config.exists()) {
        config.required("must provide `dnsConfig` when `dnsPolicy` is None");
      } else if (servers.isEmpty()) {
        servers.required("must provide at least one DNS nameserver when `dnsPolicy` is None");
      }
    }
    if (servers.size() > MOST_NAMESERVERS) {
      servers.invalid("must not have more than 3 nameservers");
    }
    servers.elements().forEach(Addresses::check);
    Value searches = config.at("searches");
    if (searches.size() > MOST_SEARCHES) {
      searches.invalid("must not have more than 32 search paths");
    }
    int length = Math.max(0, searches.size() - 1);
    for (Value search : searches.elements()) {
      String path = search.text();
      length += path.length();
      if (!path.equals(".")) {
        String bare = path.endsWith(".") ? path.substring(0, path.length() - 1) : path;
        Names.searchPath(bare).forEach(m -> search.invalid(path, m));
      }
    }
    if (length > SEARCH_CHARACTERS) {
      searches.invalid(
          "must not have more than 2048 characters (including spaces) in the search list");
    }
    for (Value option : config.at("options").elements()) {
      if (option.at("name").isEmpty()) {
        option.required("must not be empty");
      }
    }
  }

  static void tolerations(Value tolerations) {
    for (Value toleration : tolerations.elements()) {
      Value key = toleration.at("key");
      Value operator = toleration.at("operator");
      Value effect = toleration.at("effect");
      key.keeps(Names::qualifiedName);
      if (key.isEmpty() && !operator.is("Exists")) {
        operator.invalid(
            "operator must be Exists when `key` is empty, which means \"match all values and all"
                + " keys\"");
      }
      if (toleration.has("tolerationSeconds") && !effect.is("NoExecute")) {
        effect.invalid("effect must be 'NoExecute' when `tolerationSeconds` is set");
      }
      switch (operator.text()) {
        case "", "Equal" -> toleration.at("value").keeps(Names::labelValue);
        case "Exists" -> {
          if (!toleration.at("value").isEmpty()) {
            operator.invalid(
                toleration.at("value").text(), "value must be empty when `operator` is 'Exists'");
          }
        }
        default -> operator.notSupported("Equal", "Exists");
      }
      effect.oneOf("NoSchedule", "PreferNoSchedule", "NoExecute");
    }
  }
}
