package dev.mokha.server.authorization;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Who is bound to which rules, as the stored roles and bindings say; immutable. The next one takes
 * over what was read from objects that have not changed, so a change costs no second parsing.
 */
final class RoleBindings {
  static final String GROUP = "rbac.authorization.k8s.io";

  /** Someone a binding names. */
  private record Subject(String kind, String name) {}

  /**
   * What a binding gives.
   *
   * @param namespace where; empty for everywhere
   * @param because for the audit log and for reviews
   */
  record Grant(String namespace, String because, List<PolicyRule> rules) {}

  private sealed interface Parsed {}

  private record ParsedRole(List<PolicyRule> rules, List<LabelSelector> aggregates)
      implements Parsed {}

  private record ParsedBinding(String roleKind, String roleName, List<Subject> subjects)
      implements Parsed {}

  private final IdentityHashMap<KubeObject, Parsed> parsed = new IdentityHashMap<>();
  private final Map<Subject, List<Grant>> everywhere = new HashMap<>();
  private final Map<String, Map<Subject, List<Grant>>> byNamespace = new HashMap<>();
  private final Map<String, List<PolicyRule>> clusterRoles = new HashMap<>();
  private final Map<String, List<PolicyRule>> roles = new HashMap<>();

  RoleBindings(ObjectReader objects, RoleBindings before) {
    Map<KubeObject, Parsed> known = before == null ? new IdentityHashMap<>() : before.parsed;
    List<KubeObject> all = objects.list(GROUP, "clusterroles", "");
    for (KubeObject role : all) {
      parse(role, known);
    }
    for (KubeObject role : all) {
      clusterRoles.put(role.name(), rulesOf(role, all));
    }
    for (KubeObject role : objects.list(GROUP, "roles", "")) {
      roles.put(role.namespace() + "/" + role.name(), ((ParsedRole) parse(role, known)).rules());
    }
    for (KubeObject binding : objects.list(GROUP, "clusterrolebindings", "")) {
      add(binding, (ParsedBinding) parse(binding, known), everywhere);
    }
    for (KubeObject binding : objects.list(GROUP, "rolebindings", "")) {
      add(
          binding,
          (ParsedBinding) parse(binding, known),
          byNamespace.computeIfAbsent(binding.namespace(), n -> new HashMap<>()));
    }
  }

  private Parsed parse(KubeObject object, Map<KubeObject, Parsed> known) {
    Parsed result = known.get(object);
    if (result == null) {
      JsonNode tree = object.toTree();
      result = object.kind().endsWith("Binding") ? binding(object, tree) : role(tree);
    }
    parsed.put(object, result);
    return result;
  }

  private static ParsedRole role(JsonNode tree) {
    List<LabelSelector> aggregates = new ArrayList<>();
    for (JsonNode selector : tree.path("aggregationRule").path("clusterRoleSelectors")) {
      aggregates.add(LabelSelector.ofObject(selector));
    }
    return new ParsedRole(PolicyRule.read(tree.path("rules")), aggregates);
  }

  private static ParsedBinding binding(KubeObject object, JsonNode tree) {
    List<Subject> subjects = new ArrayList<>();
    for (JsonNode subject : tree.path("subjects")) {
      String kind = subject.path("kind").asString("");
      String name = subject.path("name").asString("");
      if (kind.equals("ServiceAccount")) {
        String namespace = subject.path("namespace").asString(object.namespace());
        subjects.add(new Subject("User", "system:serviceaccount:" + namespace + ":" + name));
      } else {
        subjects.add(new Subject(kind, name));
      }
    }
    JsonNode ref = tree.path("roleRef");
    return new ParsedBinding(
        ref.path("kind").asString(""), ref.path("name").asString(""), subjects);
  }

  /** An aggregated role is what its parts grant, also before a controller has written it down. */
  private List<PolicyRule> rulesOf(KubeObject role, List<KubeObject> all) {
    ParsedRole self = (ParsedRole) parsed.get(role);
    if (self.aggregates().isEmpty()) {
      return self.rules();
    }
    List<PolicyRule> rules = new ArrayList<>();
    collect(role, all, new IdentityHashMap<>(), rules);
    return List.copyOf(rules);
  }

  private void collect(
      KubeObject role,
      List<KubeObject> all,
      IdentityHashMap<KubeObject, Boolean> seen,
      List<PolicyRule> rules) {
    if (seen.put(role, true) != null) {
      return;
    }
    ParsedRole self = (ParsedRole) parsed.get(role);
    if (self.aggregates().isEmpty()) {
      rules.addAll(self.rules());
    }
    for (LabelSelector selector : self.aggregates()) {
      for (KubeObject other : all) {
        if (selector.matches(other.labels())) {
          collect(other, all, seen, rules);
        }
      }
    }
  }

  private void add(KubeObject object, ParsedBinding binding, Map<Subject, List<Grant>> grants) {
    List<PolicyRule> rules = rules(object.namespace(), binding.roleKind(), binding.roleName());
    if (rules == null) {
      return;
    }
    String where =
        object.namespace().isEmpty()
            ? "\"" + object.name() + "\""
            : "\"%s/%s\"".formatted(object.name(), object.namespace());
    for (Subject subject : binding.subjects()) {
      String because =
          "RBAC: allowed by %s %s of %s \"%s\" to %s \"%s\""
              .formatted(
                  object.kind(),
                  where,
                  binding.roleKind(),
                  binding.roleName(),
                  subject.kind(),
                  subject.name());
      grants
          .computeIfAbsent(subject, s -> new ArrayList<>())
          .add(new Grant(object.namespace(), because, rules));
    }
  }

  /** A role's rules; null when there is no such role. */
  List<PolicyRule> rules(String namespace, String kind, String name) {
    return kind.equals("ClusterRole") ? clusterRoles.get(name) : roles.get(namespace + "/" + name);
  }

  /** What the user is given everywhere, and in that namespace if it is not empty. */
  List<Grant> grants(UserInfo user, String namespace) {
    List<Grant> found = new ArrayList<>();
    collect(everywhere, user, found);
    if (!namespace.isEmpty()) {
      collect(byNamespace.getOrDefault(namespace, Map.of()), user, found);
    }
    return found;
  }

  private static void collect(Map<Subject, List<Grant>> grants, UserInfo user, List<Grant> found) {
    if (grants.isEmpty()) {
      return;
    }
    found.addAll(grants.getOrDefault(new Subject("User", user.name()), List.of()));
    for (String group : user.groups()) {
      found.addAll(grants.getOrDefault(new Subject("Group", group), List.of()));
    }
  }
}
