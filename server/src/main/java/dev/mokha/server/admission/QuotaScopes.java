package dev.mokha.server.admission;

import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Whether a ResourceQuota is about an object: its scopes are about pods alone. */
final class QuotaScopes {
  private QuotaScopes() {}

  static boolean match(JsonNode quotaSpec, String resource, JsonNode object) {
    JsonNode scopes = quotaSpec.path("scopes");
    JsonNode expressions = quotaSpec.path("scopeSelector").path("matchExpressions");
    if (scopes.isEmpty() && expressions.isEmpty()) {
      return true;
    }
    if (!resource.equals("pods")) {
      return false;
    }
    for (JsonNode scope : scopes) {
      if (!matches(scope.asString(""), "Exists", Set.of(), object)) {
        return false;
      }
    }
    for (JsonNode e : expressions) {
      Set<String> values = new TreeSet<>();
      e.path("values").forEach(v -> values.add(v.asString("")));
      if (!matches(PodTree.text(e, "scopeName"), PodTree.text(e, "operator"), values, object)) {
        return false;
      }
    }
    return true;
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
        String name = PodTree.text(spec, "priorityClassName");
        yield switch (operator) {
          case "In" -> values.contains(name);
          case "NotIn" -> !values.contains(name);
          case "DoesNotExist" -> name.isEmpty();
          default -> !name.isEmpty();
        };
      }
      default -> false;
    };
  }

  private static boolean isBestEffort(JsonNode spec) {
    for (JsonNode container : PodTree.containers(spec, "containers", "initContainers")) {
      JsonNode resources = container.path("resources");
      for (String part : new String[] {"requests", "limits"}) {
        if (resources.path(part).has("cpu") || resources.path(part).has("memory")) {
          return false;
        }
      }
    }
    return true;
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
