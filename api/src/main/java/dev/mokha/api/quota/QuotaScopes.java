package dev.mokha.api.quota;

import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Whether a ResourceQuota is about an object: its scopes are about pods, and that of
 * VolumeAttributesClass about claims (KEP-3751).
 */
final class QuotaScopes {
  private QuotaScopes() {}

  static boolean match(JsonNode quotaSpec, String group, String resource, JsonNode object) {
    JsonNode scopes = quotaSpec.path("scopes");
    JsonNode expressions = quotaSpec.path("scopeSelector").path("matchExpressions");
    if (scopes.isEmpty() && expressions.isEmpty()) {
      return true;
    }
    boolean claim = resource.equals("persistentvolumeclaims");
    if (!group.isEmpty() || !(claim || resource.equals("pods"))) {
      return false;
    }
    for (JsonNode scope : scopes) {
      if (!matches(claim, scope.asString(""), "Exists", Set.of(), object)) {
        return false;
      }
    }
    for (JsonNode e : expressions) {
      Set<String> values = new TreeSet<>();
      e.path("values").forEach(v -> values.add(v.asString("")));
      if (!matches(
          claim,
          e.path("scopeName").asString(""),
          e.path("operator").asString(""),
          values,
          object)) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(
      boolean claim, String scope, String operator, Set<String> values, JsonNode object) {
    if (claim) {
      return scope.equals("VolumeAttributesClass") && holds(operator, values, classes(object));
    }
    return matches(scope, operator, values, object);
  }

  /** The class a claim asks for, the one it has and the one it is on its way to. */
  private static Set<String> classes(JsonNode claim) {
    JsonNode status = claim.path("status");
    Set<String> classes = new TreeSet<>();
    classes.add(claim.path("spec").path("volumeAttributesClassName").asString(""));
    classes.add(status.path("currentVolumeAttributesClassName").asString(""));
    classes.add(
        status.path("modifyVolumeStatus").path("targetVolumeAttributesClassName").asString(""));
    classes.remove("");
    return classes;
  }

  private static boolean holds(String operator, Set<String> values, Set<String> actual) {
    return switch (operator) {
      case "In" -> actual.stream().anyMatch(values::contains);
      case "NotIn" -> actual.stream().noneMatch(values::contains);
      case "DoesNotExist" -> actual.isEmpty();
      default -> !actual.isEmpty();
    };
  }

  private static boolean matches(String scope, String operator, Set<String> values, JsonNode pod) {
    JsonNode spec = pod.path("spec");
    boolean terminating = spec.path("activeDeadlineSeconds").isNumber();
    return switch (scope) {
      case "Terminating" -> terminating;
      case "NotTerminating" -> !terminating;
      case "BestEffort" -> isBestEffort(spec);
      case "NotBestEffort" -> !isBestEffort(spec);
      case "CrossNamespacePodAffinity" -> crossesNamespaces(spec.path("affinity"));
      case "PriorityClass" -> {
        String name = spec.path("priorityClassName").asString("");
        yield holds(operator, values, name.isEmpty() ? Set.of() : Set.of(name));
      }
      default -> false;
    };
  }

  private static boolean isBestEffort(JsonNode spec) {
    if (asksSomething(spec)) {
      return false;
    }
    for (String list : new String[] {"containers", "initContainers"}) {
      for (JsonNode container : spec.path(list)) {
        if (asksSomething(container)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean asksSomething(JsonNode of) {
    JsonNode resources = of.path("resources");
    for (String part : new String[] {"requests", "limits"}) {
      if (resources.path(part).has("cpu") || resources.path(part).has("memory")) {
        return true;
      }
    }
    return false;
  }

  private static boolean crossesNamespaces(JsonNode affinity) {
    for (String kind : new String[] {"podAffinity", "podAntiAffinity"}) {
      for (JsonNode term :
          affinity.path(kind).path("requiredDuringSchedulingIgnoredDuringExecution")) {
        if (crosses(term)) {
          return true;
        }
      }
      for (JsonNode weighted :
          affinity.path(kind).path("preferredDuringSchedulingIgnoredDuringExecution")) {
        if (crosses(weighted.path("podAffinityTerm"))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean crosses(JsonNode term) {
    return !term.path("namespaces").isEmpty() || term.path("namespaceSelector").isObject();
  }
}
