package dev.mokha.server.admission.matching;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One entry of {@code rules} (of webhooks) or {@code resourceRules} (of policies).
 *
 * @param operations such as {@code CREATE}, or {@code *}
 * @param groups API groups, or {@code *}
 * @param versions or {@code *}
 * @param resources {@code pods}, {@code pods/status}, {@code pods/*}, {@code *}, {@code *}{@code
 *     /status}
 * @param scope {@code Cluster}, {@code Namespaced} or {@code *}
 * @param names of objects, for policies; empty for any
 */
record ResourceRule(
    List<String> operations,
    List<String> groups,
    List<String> versions,
    List<String> resources,
    String scope,
    List<String> names) {
  private static final String ANY = "*";

  static ResourceRule of(JsonNode rule) {
    return new ResourceRule(
        texts(rule.path("operations")),
        texts(rule.path("apiGroups")),
        texts(rule.path("apiVersions")),
        texts(rule.path("resources")),
        rule.path("scope").asString(ANY),
        texts(rule.path("resourceNames")));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>(list.size());
    list.forEach(t -> texts.add(t.asString("")));
    return List.copyOf(texts);
  }

  /**
   * Whether such requests are meant, whatever their object is called.
   *
   * @param namespaced whether the resource lives in namespaces
   */
  boolean means(
      Operation operation, GroupVersionResource resource, String subresource, boolean namespaced) {
    return scopeFits(namespaced)
        && (operations.contains(ANY) || operations.contains(operation.name()))
        && (groups.contains(ANY) || groups.contains(resource.group()))
        && (versions.contains(ANY) || versions.contains(resource.version()))
        && resources.stream().anyMatch(r -> resourceFits(r, resource.resource(), subresource));
  }

  boolean meansName(String name) {
    return names.isEmpty() || names.contains(name);
  }

  private boolean scopeFits(boolean namespaced) {
    return switch (scope) {
      case "Cluster" -> !namespaced;
      case "Namespaced" -> namespaced;
      default -> true;
    };
  }

  private static boolean resourceFits(String rule, String resource, String subresource) {
    int slash = rule.indexOf('/');
    String r = slash < 0 ? rule : rule.substring(0, slash);
    String sub = slash < 0 ? "" : rule.substring(slash + 1);
    return (r.equals(ANY) || r.equals(resource)) && (sub.equals(ANY) || sub.equals(subresource));
  }
}
