package dev.mokha.controllers.access;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.match.Selectors;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes into each ClusterRole that has an {@code aggregationRule} the rules of all that it
 * selects: those of the first selector before those of the second, of one selector by the roles'
 * names, and no rule twice. What somebody else writes there is overwritten.
 */
public final class RoleAggregationController {
  private RoleAggregationController() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    Informer<ClusterRole> roles = informers.get(Kinds.CLUSTER_ROLE);
    ResourceClient<ClusterRole> write = ResourceClient.of(client, Kinds.CLUSTER_ROLE);
    return Controller.create(
            "clusterroleaggregation",
            1,
            key -> {
              ClusterRole role = roles.find("", key.name()).orElse(null);
              if (role == null || role.getAggregationRule() == null) {
                return Optional.empty();
              }
              List<PolicyRule> rules = rulesFor(role, roles.list(""));
              if (!rules.equals(role.getRules())) {
                // The resourceVersion in it makes this fail when somebody else was faster.
                write.update(new ClusterRoleBuilder(role).withRules(rules).build());
              }
              return Optional.empty();
            })
        // Any role may become, or cease to be, a part of any other.
        .watch(
            roles,
            changed ->
                roles.list("").stream()
                    .filter(r -> r.getAggregationRule() != null)
                    .map(r -> new Key("", r.getMetadata().getName()))
                    .toList())
        .start();
  }

  /** The rules of all that the role selects. */
  static List<PolicyRule> rulesFor(ClusterRole role, Iterable<ClusterRole> all) {
    List<ClusterRole> sorted = new ArrayList<>();
    all.forEach(sorted::add);
    sorted.sort(Comparator.comparing(r -> r.getMetadata().getName()));
    List<PolicyRule> rules = new ArrayList<>();
    for (LabelSelector selector : role.getAggregationRule().getClusterRoleSelectors()) {
      for (ClusterRole part : sorted) {
        Map<String, String> labels = part.getMetadata().getLabels();
        boolean itself = part.getMetadata().getName().equals(role.getMetadata().getName());
        if (itself || !Selectors.matches(selector, labels == null ? Map.of() : labels)) {
          continue;
        }
        for (PolicyRule rule : part.getRules()) {
          if (!rules.contains(rule)) {
            rules.add(rule);
          }
        }
      }
    }
    return rules;
  }
}
