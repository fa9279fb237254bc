package dev.mokha.server.bootstrap;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.authorization.PolicyRule;
import dev.mokha.server.storage.ObjectReader;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees to the default roles and bindings. What is missing is made or added; what users have added
 * stays, and so does an object whose annotation {@code autoupdate} they have set to false.
 */
final class PolicyStep implements BootstrapStep {
  private static final String GROUP = "rbac.authorization.k8s.io";

  private final PolicyFile policy;
  private final ObjectReader objects;

  PolicyStep(PolicyFile policy, ObjectReader objects) {
    this.policy = requireNonNull(policy);
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "poststarthook/rbac/bootstrap-roles";
  }

  @Override
  public void run(ApiClient client) {
    reconcile(client, "clusterroles", policy.clusterRoles());
    reconcile(client, "clusterrolebindings", policy.clusterRoleBindings());
    reconcile(client, "roles", policy.roles());
    reconcile(client, "rolebindings", policy.roleBindings());
  }

  private void reconcile(ApiClient client, String resource, List<ObjectNode> wanted) {
    GroupVersionResource gvr = new GroupVersionResource(GROUP, "v1", resource);
    for (ObjectNode tree : wanted) {
      String namespace = tree.path("metadata").path("namespace").asString("");
      String name = tree.path("metadata").path("name").asString("");
      Optional<KubeObject> found = objects.find(GROUP, resource, namespace, name);
      if (found.isEmpty()) {
        try {
          client.create(gvr, namespace, "", "", KubeObject.of(tree));
        } catch (StatusException e) {
          if (e.reason() != StatusReason.ALREADY_EXISTS) {
            throw e;
          }
        }
        continue;
      }
      update(client, gvr, namespace, tree, found.get().toTree());
    }
  }

  private static void update(
      ApiClient client,
      GroupVersionResource gvr,
      String namespace,
      ObjectNode wanted,
      ObjectNode found) {
    String autoupdate =
        found
            .path("metadata")
            .path("annotations")
            .path("rbac.authorization.kubernetes.io/autoupdate")
            .asString("true");
    if (autoupdate.equals("false")) {
      return;
    }
    ObjectNode merged = found.deepCopy();
    if (wanted.has("roleRef") && !sameRole(wanted.get("roleRef"), found.path("roleRef"))) {
      // A binding's role can't be changed.
      client.delete(
          gvr,
          namespace,
          wanted.path("metadata").path("name").asString(""),
          ApiClient.DeleteOptions.DEFAULT);
      client.create(gvr, namespace, "", "", KubeObject.of(wanted));
      return;
    }
    addMissing(merged, wanted, "rules");
    addMissing(merged, wanted, "subjects");
    for (String map : new String[] {"labels", "annotations"}) {
      wanted
          .path("metadata")
          .path(map)
          .properties()
          .forEach(e -> merged.withObject("/metadata/" + map).set(e.getKey(), e.getValue()));
    }
    if (wanted.has("aggregationRule")) {
      merged.set("aggregationRule", wanted.get("aggregationRule"));
    }
    if (!merged.equals(found)) {
      client.update(gvr, namespace, "", KubeObject.of(merged));
    }
  }

  private static boolean sameRole(JsonNode a, JsonNode b) {
    return a.path("kind").equals(b.path("kind")) && a.path("name").equals(b.path("name"));
  }

  private static void addMissing(ObjectNode merged, ObjectNode wanted, String field) {
    if (!wanted.has(field)) {
      return;
    }
    ArrayNode present =
        merged.get(field) instanceof ArrayNode array ? array : merged.putArray(field);
    Set<Object> known = new HashSet<>();
    present.forEach(e -> known.add(identity(field, e)));
    for (JsonNode entry : wanted.get(field)) {
      if (known.add(identity(field, entry))) {
        present.add(entry);
      }
    }
  }

  private static Object identity(String field, JsonNode entry) {
    if (field.equals("rules")) {
      PolicyRule rule = PolicyRule.read(wrap(entry)).getFirst();
      return List.of(
          Set.copyOf(rule.verbs()),
          Set.copyOf(rule.apiGroups()),
          Set.copyOf(rule.resources()),
          Set.copyOf(rule.resourceNames()),
          Set.copyOf(rule.nonResourceUrls()));
    }
    return List.of(
        entry.path("kind").asString(""),
        entry.path("namespace").asString(""),
        entry.path("name").asString(""));
  }

  private static ArrayNode wrap(JsonNode entry) {
    return Json.MAPPER.createArrayNode().add(entry);
  }
}
