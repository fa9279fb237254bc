package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.quota.PodResources;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Fills in and judges what pods and claims ask for, by their namespace's LimitRanges. */
public final class LimitRanger implements AdmissionPlugin {
  private static final String ANNOTATION = "kubernetes.io/limit-ranger";

  private final ObjectReader objects;

  /** Looks the ranges up among the stored objects. */
  public LimitRanger(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "LimitRanger";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    boolean pod =
        request.type().gvr().resource().equals("pods")
            && request.type().gvr().group().isEmpty()
            && (request.isCreateOf("", "pods")
                || (request.operation() == Operation.UPDATE
                    && request.subresource().equals("resize")));
    boolean claim =
        request.isFor("", "persistentvolumeclaims")
            && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE);
    return pod || claim;
  }

  @Override
  public void mutate(AdmissionRequest request) {
    if (!request.isCreateOf("", "pods")) {
      return;
    }
    List<String> done = new ArrayList<>();
    for (LimitRule rule : rules(request)) {
      if (rule.type().equals("Container")) {
        ObjectNode spec = PodTree.spec(request.object());
        fill(spec, "containers", "container", rule, done);
        fill(spec, "initContainers", "init container", rule, done);
      }
    }
    if (!done.isEmpty()) {
      PodTree.object(PodTree.object(request.object(), "metadata"), "annotations")
          .put(ANNOTATION, "LimitRanger plugin set: " + String.join("; ", done));
    }
  }

  private static void fill(
      ObjectNode spec, String list, String what, LimitRule rule, List<String> done) {
    for (ObjectNode container : PodTree.containers(spec, list)) {
      String name = PodTree.text(container, "name");
      report(done, set(container, "requests", rule.defaultRequests()), "request", what, name);
      report(done, set(container, "limits", rule.defaultLimits()), "limit", what, name);
    }
  }

  private static void report(
      List<String> done, List<String> set, String part, String what, String name) {
    if (!set.isEmpty()) {
      done.add("%s %s for %s %s".formatted(String.join(", ", set), part, what, name));
    }
  }

  private static List<String> set(
      ObjectNode container, String field, Map<String, Quantity> defaults) {
    List<String> set = new ArrayList<>();
    for (Map.Entry<String, Quantity> e : defaults.entrySet()) {
      ObjectNode target = PodTree.object(PodTree.object(container, "resources"), field);
      if (!target.has(e.getKey())) {
        target.put(e.getKey(), e.getValue().toString());
        set.add(e.getKey());
      }
    }
    return set;
  }

  @Override
  public void validate(AdmissionRequest request) {
    List<String> problems = new ArrayList<>();
    for (LimitRule rule : rules(request)) {
      JsonNode spec = request.object().path("spec");
      if (request.type().gvr().resource().equals("persistentvolumeclaims")) {
        if (rule.type().equals("PersistentVolumeClaim")) {
          problems.addAll(
              rule.check(quantities(spec.path("resources").path("requests")), Map.of()));
        }
      } else if (rule.type().equals("Container")) {
        for (ObjectNode container : PodTree.containers(spec, "containers", "initContainers")) {
          problems.addAll(
              rule.check(
                  quantities(container.path("resources").path("requests")),
                  quantities(container.path("resources").path("limits"))));
        }
      } else if (rule.type().equals("Pod")) {
        problems.addAll(
            rule.check(PodResources.of(spec, "requests"), PodResources.of(spec, "limits")));
      }
    }
    if (problems.size() == 1) {
      throw request.refuse(problems.getFirst());
    }
    if (!problems.isEmpty()) {
      throw request.refuse("[" + String.join(", ", problems) + "]");
    }
  }

  private List<LimitRule> rules(AdmissionRequest request) {
    List<LimitRule> rules = new ArrayList<>();
    for (KubeObject range : objects.list("", "limitranges", request.namespace())) {
      range.toTree().path("spec").path("limits").forEach(limit -> rules.add(LimitRule.of(limit)));
    }
    return rules;
  }

  static Map<String, Quantity> quantities(JsonNode node) {
    return PodResources.amounts(node);
  }
}
