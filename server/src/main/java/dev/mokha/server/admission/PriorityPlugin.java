package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Resolves a pod's priority class to its number, and allows one global default class. */
public final class PriorityPlugin implements AdmissionPlugin {
  private static final String GROUP = "scheduling.k8s.io";
  private static final String RESOURCE = "priorityclasses";

  private final ObjectReader objects;

  /** Looks the classes up among the stored objects. */
  public PriorityPlugin(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "Priority";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE)
        && (request.isFor("", "pods") || request.isFor(GROUP, RESOURCE));
  }

  @Override
  public void mutate(AdmissionRequest request) {
    if (!request.isFor("", "pods")) {
      return;
    }
    ObjectNode spec = PodTree.spec(request.object());
    if (request.operation() == Operation.UPDATE) {
      keepOld(request, spec);
      return;
    }
    int priority = 0;
    String preemption = "PreemptLowerPriority";
    JsonNode chosen = chosen(request, spec);
    if (chosen != null) {
      spec.put("priorityClassName", chosen.path("metadata").path("name").asString(""));
      priority = chosen.path("value").asInt(0);
      preemption = chosen.path("preemptionPolicy").asString(preemption);
    }
    checkInteger(request, spec, priority);
    if (spec.has("preemptionPolicy")
        && !preemption.equals(PodTree.text(spec, "preemptionPolicy"))) {
      throw request.refuse(
          "the string value of PreemptionPolicy (%s) must not be provided in pod spec; priority admission controller computed %s from the given PriorityClass name"
              .formatted(PodTree.text(spec, "preemptionPolicy"), preemption));
    }
    spec.put("priority", priority);
    spec.put("preemptionPolicy", preemption);
  }

  /** Clients that don't know the fields leave them out of an update. */
  private static void keepOld(AdmissionRequest request, ObjectNode spec) {
    request
        .oldObject()
        .ifPresent(
            old -> {
              JsonNode before = old.toTree().path("spec");
              for (String field : new String[] {"priority", "preemptionPolicy"}) {
                if (!spec.has(field) && before.has(field)) {
                  spec.set(field, before.get(field));
                }
              }
            });
  }

  private JsonNode chosen(AdmissionRequest request, ObjectNode spec) {
    String name = PodTree.text(spec, "priorityClassName");
    if (!name.isEmpty()) {
      return objects
          .find(GROUP, RESOURCE, "", name)
          .map(KubeObject::toTree)
          .orElseThrow(
              () -> request.refuse("no PriorityClass with name %s was found".formatted(name)));
    }
    JsonNode best = null;
    for (KubeObject each : objects.list(GROUP, RESOURCE, "")) {
      JsonNode tree = each.toTree();
      // Were there several, the lowest would do the least harm.
      if (tree.path("globalDefault").asBoolean(false)
          && (best == null || tree.path("value").asInt() < best.path("value").asInt())) {
        best = tree;
      }
    }
    return best;
  }

  private static void checkInteger(AdmissionRequest request, ObjectNode spec, int priority) {
    JsonNode given = spec.path("priority");
    if (given.isNumber() && given.asInt() != priority) {
      throw request.refuse(
          "the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name"
              .formatted(given.asInt(), priority));
    }
  }

  @Override
  public void validate(AdmissionRequest request) {
    if (!request.isFor(GROUP, RESOURCE)
        || !request.object().path("globalDefault").asBoolean(false)) {
      return;
    }
    String own = request.object().path("metadata").path("name").asString(request.name());
    for (KubeObject other : objects.list(GROUP, RESOURCE, "")) {
      if (!other.name().equals(own) && other.toTree().path("globalDefault").asBoolean(false)) {
        throw request.refuse(
            "PriorityClass %s is already marked as default. Only one default can exist"
                .formatted(other.name()));
      }
    }
  }
}
