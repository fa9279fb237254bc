package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;

/** The rules for roles and their bindings. */
final class RbacRules {
  private static final String GROUP = "rbac.authorization.k8s.io";

  private RbacRules() {}

  static void role(Value role) {
    rules(role.at("rules"), true);
  }

  static void clusterRole(Value role) {
    rules(role.at("rules"), false);
    Value aggregation = role.at("aggregationRule");
    if (!aggregation.exists()) {
      return;
    }
    Value selectors = aggregation.at("clusterRoleSelectors");
    if (selectors.isEmpty()) {
      selectors.required("at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    selectors.elements().forEach(SelectorRules::check);
  }

  private static void rules(Value rules, boolean namespaced) {
    for (Value rule : rules.elements()) {
      if (rule.at("verbs").isEmpty()) {
        rule.at("verbs").required("verbs must contain at least one value");
      }
      Value paths = rule.at("nonResourceURLs");
      Value groups = rule.at("apiGroups");
      Value resources = rule.at("resources");
      if (!paths.isEmpty()) {
        if (namespaced) {
          paths.invalid("namespaced rules cannot apply to non-resource URLs");
        }
        if (!groups.isEmpty() || !resources.isEmpty() || !rule.at("resourceNames").isEmpty()) {
          paths.invalid("rules cannot apply to both regular resources and non-resource URLs");
        }
        continue;
      }
      if (groups.isEmpty()) {
        groups.required("resource rules must supply at least one api group");
      }
      if (resources.isEmpty()) {
        resources.required("resource rules must supply at least one resource");
      }
    }
  }

  static void roleBinding(Value binding) {
    ref(binding.at("roleRef"), "Role", "ClusterRole");
    subjects(binding.at("subjects"), true);
  }

  static void clusterRoleBinding(Value binding) {
    ref(binding.at("roleRef"), "ClusterRole");
    subjects(binding.at("subjects"), false);
  }

  private static void ref(Value ref, String... kinds) {
    if (!ref.at("apiGroup").is(GROUP)) {
      ref.at("apiGroup").notSupported(GROUP);
    }
    if (!List.of(kinds).contains(ref.at("kind").text())) {
      ref.at("kind").notSupported(kinds);
    }
    ref.at("name").requiredKeeping(Names::pathSegment);
  }

  private static void subjects(Value subjects, boolean namespaced) {
    for (Value subject : subjects.elements()) {
      Value name = subject.at("name");
      name.isRequired();
      Value group = subject.at("apiGroup");
      switch (subject.at("kind").text()) {
        case "ServiceAccount" -> {
          name.keeps(Names::dns1123Subdomain);
          if (!group.isEmpty()) {
            group.notSupported("");
          }
          if (!namespaced || subject.node().has("namespace")) {
            subject.at("namespace").isRequired();
          }
        }
        case "User", "Group" -> {
          if (!group.is(GROUP)) {
            group.notSupported(GROUP);
          }
        }
        default -> subject.at("kind").notSupported("ServiceAccount", "User", "Group");
      }
    }
  }

  static void bindingChange(Value binding, Value old) {
    if (!binding.at("roleRef").sameAs(old.at("roleRef"))) {
      binding.at("roleRef").invalid("cannot change roleRef");
    }
  }
}
