package dev.mokha.server.bootstrap;

import dev.mokha.api.object.Json;
import dev.mokha.server.authorization.PolicyRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The roles and bindings of {@code policy.txt}, whose head explains its form, as objects of {@code
 * rbac.authorization.k8s.io/v1}.
 */
public final class PolicyFile {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private static final String AGGREGATE = GROUP + "/aggregate-to-";
  private static final Map<String, String> ALIASES =
      Map.of(
          "READ", "get,list,watch",
          "WRITE", "create,delete,deletecollection,patch,update");

  private final Map<String, Role> clusterRoles = new LinkedHashMap<>();
  private final Map<String, Role> roles = new LinkedHashMap<>();
  private final List<ObjectNode> clusterBindings = new ArrayList<>();
  private final List<ObjectNode> bindings = new ArrayList<>();

  private record Role(List<PolicyRule> rules, String aggregateTo, boolean aggregates) {}

  private PolicyFile() {}

  /** Reads the resource. */
  public static PolicyFile read() {
    try (InputStream in = PolicyFile.class.getResourceAsStream("policy.txt")) {
      PolicyFile file = new PolicyFile();
      file.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return file;
    } catch (IOException e) {
      throw new IllegalStateException("the bootstrap policy can't be read", e);
    }
  }

  private void parse(String text) {
    List<PolicyRule> rules = null;
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.strip().startsWith("#")) {
        continue;
      }
      if (line.startsWith(" ")) {
        rules.add(rule(line.strip()));
        continue;
      }
      String[] words = line.split(" +");
      rules = new ArrayList<>();
      switch (words[0]) {
        case "clusterrole" -> clusterRoles.put(words[1], role(words, rules));
        case "role" -> roles.put(words[1], role(words, rules));
        case "controller" -> {
          String name = "system:controller:" + words[1];
          clusterRoles.put(name, role(words, rules));
          clusterBindings.add(
              binding(name, "ClusterRole", name, List.of("s:kube-system/" + words[1])));
        }
        case "clusterbinding" ->
            clusterBindings.add(
                binding(
                    words[1], "ClusterRole", words[2], List.of(words).subList(3, words.length)));
        case "rolebinding" -> {
          int colon = words[2].indexOf(':');
          String kind = words[2].startsWith("role:") ? "Role" : "ClusterRole";
          bindings.add(
              binding(
                  words[1],
                  kind,
                  words[2].substring(colon + 1),
                  List.of(words).subList(3, words.length)));
        }
        default -> throw new IllegalStateException("not understood in policy.txt: " + line);
      }
    }
  }

  private static Role role(String[] words, List<PolicyRule> rules) {
    String aggregateTo = "";
    boolean aggregates = false;
    for (String word : words) {
      if (word.startsWith("aggregate-to=")) {
        aggregateTo = word.substring("aggregate-to=".length());
      }
      aggregates |= word.equals("aggregates");
    }
    return new Role(rules, aggregateTo, aggregates);
  }

  private static PolicyRule rule(String line) {
    if (line.equals("EVENTS")) {
      return rule("create,patch,update ; core,events.k8s.io ; events");
    }
    String[] parts = line.split(" ; ");
    List<String> verbs = list(parts[0]);
    if (parts.length == 2) {
      return new PolicyRule(verbs, List.of(), List.of(), List.of(), list(parts[1]));
    }
    List<String> groups = list(parts[1]).stream().map(g -> g.equals("core") ? "" : g).toList();
    List<String> names = parts.length == 4 ? list(parts[3]) : List.of();
    return new PolicyRule(verbs, groups, list(parts[2]), names, List.of());
  }

  private static List<String> list(String text) {
    List<String> items = new ArrayList<>();
    for (String item : text.strip().split(",")) {
      items.addAll(List.of(ALIASES.getOrDefault(item, item).split(",")));
    }
    return items.stream().distinct().toList();
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", GROUP + "/v1").put("kind", kind);
    int slash = name.indexOf('/');
    ObjectNode metadata = tree.putObject("metadata").put("name", name.substring(slash + 1));
    if (slash > 0) {
      metadata.put("namespace", name.substring(0, slash));
    }
    metadata.putObject("annotations").put("rbac.authorization.kubernetes.io/autoupdate", "true");
    metadata.putObject("labels").put("kubernetes.io/bootstrapping", "rbac-defaults");
    return tree;
  }

  private static ObjectNode binding(
      String name, String roleKind, String role, List<String> subjects) {
    ObjectNode tree = object(roleKindOf(name), name);
    tree.putObject("roleRef").put("apiGroup", GROUP).put("kind", roleKind).put("name", role);
    if (!subjects.isEmpty()) {
      ArrayNode array = tree.putArray("subjects");
      subjects.forEach(s -> subject(array.addObject(), s));
    }
    return tree;
  }

  private static String roleKindOf(String name) {
    return name.indexOf('/') > 0 ? "RoleBinding" : "ClusterRoleBinding";
  }

  private static void subject(ObjectNode tree, String text) {
    String name = text.substring(2);
    switch (text.charAt(0)) {
      case 's' -> {
        int slash = name.indexOf('/');
        tree.put("kind", "ServiceAccount").put("name", name.substring(slash + 1));
        tree.put("namespace", name.substring(0, slash));
      }
      case 'u' -> tree.put("apiGroup", GROUP).put("kind", "User").put("name", name);
      default -> tree.put("apiGroup", GROUP).put("kind", "Group").put("name", name);
    }
  }

  /** The rules of a ClusterRole, with what it aggregates. */
  public List<PolicyRule> clusterRoleRules(String name) {
    Role role = clusterRoles.get(name);
    List<PolicyRule> rules = new ArrayList<>(role.rules());
    if (role.aggregates()) {
      clusterRoles.forEach(
          (other, r) -> {
            if (r.aggregateTo().equals(name)) {
              rules.addAll(clusterRoleRules(other));
            }
          });
    }
    return rules;
  }

  /** All ClusterRoles. */
  public List<ObjectNode> clusterRoles() {
    List<ObjectNode> trees = new ArrayList<>();
    clusterRoles.forEach(
        (name, role) -> {
          ObjectNode tree = object("ClusterRole", name);
          if (role.aggregates()) {
            tree.putObject("aggregationRule")
                .putArray("clusterRoleSelectors")
                .addObject()
                .putObject("matchLabels")
                .put(AGGREGATE + name, "true");
          }
          if (!role.aggregateTo().isEmpty()) {
            tree.withObject("/metadata/labels").put(AGGREGATE + role.aggregateTo(), "true");
          }
          rules(tree, clusterRoleRules(name));
          trees.add(tree);
        });
    return trees;
  }

  /** All Roles. */
  public List<ObjectNode> roles() {
    List<ObjectNode> trees = new ArrayList<>();
    roles.forEach(
        (name, role) -> {
          ObjectNode tree = object("Role", name);
          rules(tree, role.rules());
          trees.add(tree);
        });
    return trees;
  }

  private static void rules(ObjectNode tree, List<PolicyRule> rules) {
    ArrayNode array = tree.putArray("rules");
    rules.forEach(r -> array.add(r.toTree()));
  }

  /** All ClusterRoleBindings. */
  public List<ObjectNode> clusterRoleBindings() {
    return List.copyOf(clusterBindings);
  }

  /** All RoleBindings. */
  public List<ObjectNode> roleBindings() {
    return List.copyOf(bindings);
  }
}
