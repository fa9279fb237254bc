package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.matching.AdmissionKinds;
import dev.mokha.server.admission.matching.Kept;
import dev.mokha.server.admission.matching.MatchCriteria;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/** All policies of one kind that are bound, with their bindings, in the order of their names. */
final class PolicySet {
  private static final Set<String> REVIEWS =
      Set.of(
          "authentication.k8s.io/selfsubjectreviews",
          "authentication.k8s.io/tokenreviews",
          "authorization.k8s.io/localsubjectaccessreviews",
          "authorization.k8s.io/selfsubjectaccessreviews",
          "authorization.k8s.io/selfsubjectrulesreviews",
          "authorization.k8s.io/subjectaccessreviews");

  private final ObjectReader objects;
  private final ServedKinds kinds;
  private final String policies;
  private final String bindings;
  private final Kept<List<Bound>> bound;

  /** What was compiled before, by uid and revision; only used while compiling. */
  private Map<String, Policy> before = Map.of();

  /** A policy with its bindings. */
  record Bound(Policy policy, List<Binding> bindings) {}

  /** The policies among the objects of a resource, bound by those of another. */
  PolicySet(ObjectReader objects, ServedKinds kinds, String policies, String bindings) {
    this.objects = requireNonNull(objects, "objects");
    this.kinds = requireNonNull(kinds, "kinds");
    this.policies = policies;
    this.bindings = bindings;
    LongSupplier ofPolicies = objects.changes(AdmissionKinds.GROUP, policies);
    LongSupplier ofBindings = objects.changes(AdmissionKinds.GROUP, bindings);
    this.bound =
        new Kept<>(() -> Math.max(ofPolicies.getAsLong(), ofBindings.getAsLong()), this::compile);
  }

  private List<Bound> compile() {
    Map<String, List<Binding>> byPolicy = new HashMap<>();
    for (KubeObject binding : objects.list(AdmissionKinds.GROUP, bindings, "")) {
      JsonNode spec = binding.toTree().path("spec");
      byPolicy
          .computeIfAbsent(spec.path("policyName").asString(""), n -> new ArrayList<>())
          .add(binding(binding.name(), spec));
    }
    Map<String, Policy> compiled = new HashMap<>();
    List<Bound> all = new ArrayList<>();
    for (KubeObject policy : objects.list(AdmissionKinds.GROUP, policies, "")) {
      List<Binding> of = byPolicy.get(policy.name());
      if (of != null) {
        // Its status may have changed since, but what is compiled counts in the generation.
        String state = policy.uid() + "@" + policy.generation();
        Policy known = before.get(state);
        Policy now =
            known != null
                ? known
                : PolicyCompiler.compile(policy.name(), policy.toTree().path("spec"), kinds);
        compiled.put(state, now);
        all.add(new Bound(now, List.copyOf(of)));
      }
    }
    before = compiled;
    return List.copyOf(all);
  }

  private Binding binding(String name, JsonNode spec) {
    Set<String> actions = new LinkedHashSet<>();
    spec.path("validationActions").forEach(a -> actions.add(a.asString("")));
    JsonNode match = spec.path("matchResources");
    return new Binding(
        name,
        match.isObject() ? MatchCriteria.ofBinding(match, kinds) : null,
        spec.path("paramRef"),
        Set.copyOf(actions));
  }

  /** False when none can be meant: nothing but a few lookups, for every write. */
  boolean mayMean(AdmissionRequest request) {
    List<Bound> all = bound.get();
    if (all.isEmpty() || isExempt(request)) {
      return false;
    }
    for (Bound b : all) {
      if (b.policy.criteria().mayMean(request)) {
        return true;
      }
    }
    return false;
  }

  /** What would break the cluster, or lock everybody out, when a policy refused it. */
  private static boolean isExempt(AdmissionRequest request) {
    return AdmissionKinds.isMeant(request)
        || REVIEWS.contains(request.type().gvr().group() + "/" + request.type().gvr().resource());
  }

  List<Bound> all() {
    return bound.get();
  }
}
