package dev.mokha.server.authorization;

import dev.mokha.api.object.Json;
import dev.mokha.server.authentication.UserTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One rule of a role ({@code rbac.authorization.k8s.io/v1 PolicyRule}): what it grants, added to
 * what all other rules grant.
 *
 * @param verbs {@code *} for all
 * @param apiGroups {@code *} for all, empty for the core group
 * @param resources {@code pods}, {@code pods/log}, {@code *}, or one subresource of all resources,
 *     {@code *}{@code /scale}
 * @param resourceNames empty for all
 * @param nonResourceUrls paths, maybe with a {@code *} at the end
 */
public record PolicyRule(
    List<String> verbs,
    List<String> apiGroups,
    List<String> resources,
    List<String> resourceNames,
    List<String> nonResourceUrls) {
  private static final String ALL = "*";

  /** Copies the lists. */
  public PolicyRule {
    verbs = List.copyOf(verbs);
    apiGroups = List.copyOf(apiGroups);
    resources = List.copyOf(resources);
    resourceNames = List.copyOf(resourceNames);
    nonResourceUrls = List.copyOf(nonResourceUrls);
  }

  /** Reads a role's {@code rules}. */
  public static List<PolicyRule> read(JsonNode rules) {
    List<PolicyRule> read = new ArrayList<>();
    for (JsonNode rule : rules) {
      read.add(
          new PolicyRule(
              UserTree.strings(rule.path("verbs")),
              UserTree.strings(rule.path("apiGroups")),
              UserTree.strings(rule.path("resources")),
              UserTree.strings(rule.path("resourceNames")),
              UserTree.strings(rule.path("nonResourceURLs"))));
    }
    return read;
  }

  /** The rule in JSON; empty lists are left out. */
  public ObjectNode toTree() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    put(tree, "apiGroups", apiGroups);
    put(tree, "resources", resources);
    put(tree, "resourceNames", resourceNames);
    put(tree, "nonResourceURLs", nonResourceUrls);
    put(tree, "verbs", verbs);
    return tree;
  }

  private static void put(ObjectNode tree, String field, List<String> values) {
    if (!values.isEmpty()) {
      values.forEach(tree.putArray(field)::add);
    }
  }

  /** Whether the rule grants the wish. */
  public boolean allows(Attributes wish) {
    if (!has(verbs, wish.verb())) {
      return false;
    }
    if (!wish.resourceRequest()) {
      return allowsPath(wish.path());
    }
    return has(apiGroups, wish.group())
        && allowsResource(wish)
        && (resourceNames.isEmpty() || resourceNames.contains(wish.name()));
  }

  private boolean allowsResource(Attributes wish) {
    for (String resource : resources) {
      if (resource.equals(ALL)) {
        return true;
      }
      if (wish.subresource().isEmpty()) {
        if (resource.equals(wish.resource())) {
          return true;
        }
      } else if (matchesSubresource(resource, wish)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matchesSubresource(String resource, Attributes wish) {
    String sub = wish.subresource();
    int slash = resource.length() - sub.length() - 1;
    if (slash < 1 || resource.charAt(slash) != '/' || !resource.endsWith(sub)) {
      return false;
    }
    String main = resource.substring(0, slash);
    return main.equals(ALL) || main.equals(wish.resource());
  }

  private boolean allowsPath(String path) {
    for (String url : nonResourceUrls) {
      if (url.equals(ALL)
          || url.equals(path)
          || (url.endsWith(ALL) && path.startsWith(url.substring(0, url.length() - 1)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(List<String> list, String wanted) {
    for (String s : list) {
      if (s.equals(ALL) || s.equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Splits into rules of one verb and one resource or path each, to be compared singly. */
  List<PolicyRule> atoms() {
    List<PolicyRule> atoms = new ArrayList<>();
    for (String verb : verbs) {
      for (String url : nonResourceUrls) {
        atoms.add(new PolicyRule(List.of(verb), List.of(), List.of(), List.of(), List.of(url)));
      }
      for (String group : apiGroups) {
        for (String resource : resources) {
          if (resourceNames.isEmpty()) {
            atoms.add(atom(verb, group, resource, List.of()));
          }
          resourceNames.forEach(n -> atoms.add(atom(verb, group, resource, List.of(n))));
        }
      }
    }
    return atoms;
  }

  /** The same with other verbs. */
  PolicyRule withVerbs(List<String> others) {
    return new PolicyRule(others, apiGroups, resources, resourceNames, nonResourceUrls);
  }

  private static PolicyRule atom(String verb, String group, String resource, List<String> names) {
    return new PolicyRule(List.of(verb), List.of(group), List.of(resource), names, List.of());
  }

  /** Whether everything that atom grants is granted by this rule. */
  boolean coversAtom(PolicyRule atom) {
    if (!has(verbs, atom.verbs.getFirst())) {
      return false;
    }
    if (!atom.nonResourceUrls.isEmpty()) {
      return allowsPath(atom.nonResourceUrls.getFirst());
    }
    String resource = atom.resources.getFirst();
    boolean sameResource =
        resources.contains(ALL)
            || resources.contains(resource)
            || (resource.indexOf('/') > 0
                && resources.contains(ALL + resource.substring(resource.indexOf('/'))));
    boolean sameName =
        resourceNames.isEmpty()
            || (!atom.resourceNames.isEmpty() && resourceNames.containsAll(atom.resourceNames));
    return has(apiGroups, atom.apiGroups.getFirst()) && sameResource && sameName;
  }

  /** As messages about escalation print it, fields in Kubernetes' order. */
  String describe() {
    Map<String, List<String>> parts = new LinkedHashMap<>();
    if (!nonResourceUrls.isEmpty()) {
      parts.put("NonResourceURLs", nonResourceUrls);
    }
    if (!apiGroups.isEmpty()) {
      parts.put("APIGroups", apiGroups);
    }
    if (!resources.isEmpty()) {
      parts.put("Resources", resources);
    }
    if (!resourceNames.isEmpty()) {
      parts.put("ResourceNames", resourceNames);
    }
    parts.put("Verbs", verbs);
    List<String> texts = new ArrayList<>();
    parts.forEach((k, v) -> texts.add(k + ":[\"" + String.join("\" \"", v) + "\"]"));
    return "{" + String.join(", ", texts) + "}";
  }
}
