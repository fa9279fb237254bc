package dev.mokha.api.validation;

import dev.mokha.api.object.JsonEquality;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What may change in a pod once it exists, by an update and by each of its subresources. */
final class PodChangeRules {
  private static final String ONLY_THESE =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
          + " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to"
          + " be set to 1 if it was previously negative)";
  private static final List<String> LISTS = List.of("containers", "initContainers");

  private PodChangeRules() {}

  static void update(Value pod, Value old) {
    Value spec = pod.at("spec");
    Value before = old.at("spec");
    for (String list : LISTS) {
      if (spec.at(list).size() != before.at(list).size()) {
        spec.at(list)
            .forbidden(
                list.equals("containers")
                    ? "pod updates may not add or remove containers"
                    : "pod updates may not add or remove init containers");
        return;
      }
    }
    deadline(spec.at("activeDeadlineSeconds"), before.at("activeDeadlineSeconds"));
    tolerations(spec.at("tolerations"), before.at("tolerations"));
    boolean gated = !before.at("schedulingGates").isEmpty();
    gates(spec.at("schedulingGates"), before.at("schedulingGates"));

    ObjectNode masked = (ObjectNode) spec.node().deepCopy();
    for (String list : LISTS) {
      for (int i = 0; i < spec.at(list).size(); i++) {
        copy(masked.get(list).get(i), before.node().get(list).get(i), "image");
      }
    }
    for (String field : List.of("activeDeadlineSeconds", "tolerations", "schedulingGates")) {
      copy(masked, before.node(), field);
    }
    if (before.at("terminationGracePeriodSeconds").number() < 0
        && spec.at("terminationGracePeriodSeconds").number() == 1) {
      copy(masked, before.node(), "terminationGracePeriodSeconds");
    }
    if (gated) {
      gatedSelectors(spec, before, masked);
    }
    if (!JsonEquality.equal(masked, before.node())) {
      spec.forbidden(ONLY_THESE + "\n" + differences(masked, before.node()));
    }
  }

  private static void deadline(Value deadline, Value before) {
    if (deadline.exists()) {
      if (before.exists() && deadline.number() > before.number()) {
        deadline.invalid("must be less than or equal to previous value");
      }
    } else if (before.exists()) {
      deadline.invalid("must not update from a positive integer to nil value");
    }
  }

  private static void tolerations(Value tolerations, Value before) {
    for (Value toleration : before.elements()) {
      boolean kept =
          tolerations.elements().stream()
              .anyMatch(t -> JsonEquality.equal(withoutSeconds(t), withoutSeconds(toleration)));
      if (!kept) {
        tolerations.forbidden(
            "existing toleration can not be modified except its tolerationSeconds");
        return;
      }
    }
  }

  private static JsonNode withoutSeconds(Value toleration) {
    return ((ObjectNode) toleration.node().deepCopy()).without("tolerationSeconds");
  }

  private static void gates(Value gates, Value before) {
    Set<String> known = new HashSet<>();
    before.elements().forEach(g -> known.add(g.at("name").text()));
    for (Value gate : gates.elements()) {
      if (!known.contains(gate.at("name").text())) {
        gates
            .key(gate.at("name").text())
            .forbidden(
                "only deletion is allowed, but found new scheduling gate '"
                    + gate.at("name").text()
                    + "'");
      }
    }
  }

  /** A pod that still waits for its gates may be narrowed down to fewer nodes (KEP-3838). */
  private static void gatedSelectors(Value spec, Value before, ObjectNode masked) {
    for (Value entry : before.at("nodeSelector").entries()) {
      if (!entry.sameAs(spec.at("nodeSelector").key(entry.name()))) {
        spec.at("nodeSelector").invalid("only additions are allowed (no mutations or deletions)");
        break;
      }
    }
    copy(masked, before.node(), "nodeSelector");
    copy(masked, before.node(), "affinity");
  }

  static void ephemeralContainers(Value pod, Value old) {
    Value now = pod.at("spec", "ephemeralContainers");
    for (Value before : old.at("spec", "ephemeralContainers").elements()) {
      String name = before.at("name").text();
      Value same =
          now.elements().stream().filter(c -> c.at("name").is(name)).findFirst().orElse(null);
      if (same == null) {
        now.forbidden("existing ephemeral containers \"" + name + "\" may not be removed\n");
      } else if (!same.sameAs(before)) {
        now.forbidden("existing ephemeral containers \"" + name + "\" may not be changed\n");
      }
    }
    Set<String> volumes = VolumeRules.volumes(pod.at("spec", "volumes"));
    ContainerRules.check(pod.at("spec"), volumes);
  }

  static void resize(Value pod, Value old) {
    Value spec = pod.at("spec");
    Value before = old.at("spec");
    ObjectNode masked = (ObjectNode) spec.node().deepCopy();
    for (String list : LISTS) {
      if (spec.at(list).size() != before.at(list).size()) {
        spec.at(list).forbidden("resize may not add or remove containers");
        return;
      }
      for (int i = 0; i < spec.at(list).size(); i++) {
        Value container = spec.at(list).element(i);
        ResourceRules.container(container.at("resources"));
        if (list.equals("containers") || container.at("restartPolicy").is("Always")) {
          maskComputed(masked.get(list).get(i), before.node().get(list).get(i));
        }
      }
    }
    if (!JsonEquality.equal(masked, before.node())) {
      spec.forbidden("only cpu and memory resources are mutable");
    }
    String was = QosClass.of(before);
    String is = QosClass.of(spec);
    if (!was.equals(is)) {
      spec.invalid(is, "Pod QOS Class may not change as a result of resizing");
    }
  }

  private static void maskComputed(JsonNode container, JsonNode before) {
    for (String list : List.of("requests", "limits")) {
      for (String resource : List.of("cpu", "memory")) {
        ObjectNode resources = ((ObjectNode) container).withObject("/resources");
        JsonNode amount = before.path("resources").path(list).get(resource);
        if (amount != null) {
          resources.withObject("/" + list).set(resource, amount);
        } else if (resources.get(list) instanceof ObjectNode amounts) {
          amounts.remove(resource);
        }
        if (resources.path(list).isEmpty() && !before.path("resources").has(list)) {
          resources.remove(list);
        }
      }
    }
    if (container.path("resources").isEmpty() && !before.has("resources")) {
      ((ObjectNode) container).remove("resources");
    }
  }

  static void status(Value pod, Value old) {
    Value status = pod.at("status");
    status.at("phase").oneOf("Failed", "Pending", "Running", "Succeeded", "Unknown");
    for (Value address : status.at("podIPs").elements()) {
      Addresses.check(address.at("ip"));
    }
    Value now = pod.at("spec", "nodeName");
    if (!now.sameAs(old.at("spec", "nodeName"))) {
      now.forbidden("may not be changed directly");
    }
  }

  private static void copy(JsonNode target, JsonNode source, String field) {
    if (target instanceof ObjectNode object) {
      JsonNode value = source.get(field);
      if (value == null) {
        object.remove(field);
      } else {
        object.set(field, value);
      }
    }
  }

  private static String differences(ObjectNode now, JsonNode before) {
    Set<String> fields = new TreeSet<>(now.propertyNames());
    fields.addAll(before.propertyNames());
    fields.removeIf(f -> JsonEquality.equal(now.path(f), before.path(f)));
    StringBuilder text = new StringBuilder("changed:");
    for (String field : fields) {
      text.append(" spec.").append(field);
      if (now.get(field) instanceof ArrayNode || before.get(field) instanceof ArrayNode) {
        text.append("[*]");
      }
    }
    return text.toString();
  }
}
