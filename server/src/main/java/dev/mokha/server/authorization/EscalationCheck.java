package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.authentication.UserInfo;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nobody grants what he does not have: who writes a role must hold all that it grants, or the verb
 * {@code escalate} on it; who writes a binding must hold all that its role grants, or the verb
 * {@code bind} on that role.
 */
public final class EscalationCheck implements AdmissionPlugin {
  private static final Set<String> ROLES = Set.of("roles", "clusterroles");
  private static final Set<String> BINDINGS = Set.of("rolebindings", "clusterrolebindings");

  private final RbacAuthorizer rbac;
  private final Authorizer all;

  /**
   * A check.
   *
   * @param rbac knows who holds what
   * @param all decides about {@code escalate} and {@code bind}
   */
  public EscalationCheck(RbacAuthorizer rbac, Authorizer all) {
    this.rbac = requireNonNull(rbac);
    this.all = requireNonNull(all);
  }

  @Override
  public String name() {
    return "RBACEscalation";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    String resource = request.type().gvr().resource();
    return request.type().gvr().group().equals(RoleBindings.GROUP)
        && request.subresource().isEmpty()
        && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE)
        && (ROLES.contains(resource) || BINDINGS.contains(resource))
        && !request.user().in(UserInfo.MASTERS);
  }

  @Override
  public void validate(AdmissionRequest request) {
    String resource = request.type().gvr().resource();
    String name = request.object().path("metadata").path("name").asString(request.name());
    if (ROLES.contains(resource)) {
      checkRole(request, resource, name);
    } else {
      checkBinding(request);
    }
  }

  private void checkRole(AdmissionRequest request, String resource, String name) {
    ObjectNode old = request.oldObject().map(o -> o.toTree()).orElse(null);
    JsonNode rules = request.object().path("rules");
    JsonNode aggregation = request.object().path("aggregationRule");
    boolean newAggregation =
        !aggregation.isMissingNode()
            && !aggregation.isNull()
            && (old == null || !aggregation.equals(old.path("aggregationRule")));
    boolean same = old != null && rules.equals(old.path("rules")) && !newAggregation;
    if (same || allowed(request, "escalate", resource, name)) {
      return;
    }
    if (newAggregation && !holdsEverything(request)) {
      throw request.refuse("must have cluster-admin privileges to use the aggregationRule");
    }
    check(request, PolicyRule.read(rules));
  }

  /** A role that aggregates will hold whatever others write into matching roles. */
  private boolean holdsEverything(AdmissionRequest request) {
    List<String> every = List.of("*");
    List<PolicyRule> held = rbac.policyRules(request.user(), "");
    return held.stream()
            .anyMatch(h -> h.coversAtom(new PolicyRule(every, every, every, List.of(), List.of())))
        && held.stream()
            .anyMatch(
                h -> h.coversAtom(new PolicyRule(every, List.of(), List.of(), List.of(), every)));
  }

  private void checkBinding(AdmissionRequest request) {
    JsonNode ref = request.object().path("roleRef");
    if (request.oldObject().isPresent()) {
      ObjectNode old = request.oldObject().get().toTree();
      if (old.path("roleRef").equals(ref)
          && old.path("subjects").equals(request.object().path("subjects"))) {
        return;
      }
    }
    String kind = ref.path("kind").asString("");
    String role = ref.path("name").asString("");
    String resource = kind.equals("ClusterRole") ? "clusterroles" : "roles";
    if (allowed(request, "bind", resource, role)) {
      return;
    }
    List<PolicyRule> rules = rbac.roleRules(request.namespace(), kind, role);
    if (rules == null) {
      throw StatusException.notFound(RoleBindings.GROUP, request.type().gvr().resource(), role);
    }
    check(request, rules);
  }

  private boolean allowed(AdmissionRequest request, String verb, String resource, String name) {
    return all.authorize(
            Attributes.ofResource(
                request.user(),
                verb,
                RoleBindings.GROUP,
                "v1",
                resource,
                "",
                request.namespace(),
                name))
        .allowed();
  }

  private void check(AdmissionRequest request, List<PolicyRule> wanted) {
    List<PolicyRule> held = rbac.policyRules(request.user(), request.namespace());
    // By what they are about, so that the verbs of one resource stand in one line.
    Map<PolicyRule, Set<String>> verbs = new LinkedHashMap<>();
    for (PolicyRule rule : wanted) {
      for (PolicyRule atom : rule.atoms()) {
        if (held.stream().noneMatch(h -> h.coversAtom(atom))) {
          verbs
              .computeIfAbsent(atom.withVerbs(List.of()), t -> new LinkedHashSet<>())
              .addAll(atom.verbs());
        }
      }
    }
    Set<String> missing = new TreeSet<>();
    verbs.forEach((target, v) -> missing.add(target.withVerbs(List.copyOf(v)).describe()));
    if (!missing.isEmpty()) {
      throw request.refuse(
          "user \"%s\" (groups=[\"%s\"]) is attempting to grant RBAC permissions not currently held:\n%s"
              .formatted(
                  request.user().name(),
                  String.join("\" \"", request.user().groups()),
                  String.join("\n", missing)));
    }
  }
}
