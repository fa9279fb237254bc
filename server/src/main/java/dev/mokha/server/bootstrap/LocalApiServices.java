package dev.mokha.server.bootstrap;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.bootstrap.EnsureStep.Wanted;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * One APIService for each group and version that this server answers itself. Their priorities give
 * the order in which clients see the groups; they are the ones every cluster of this release has.
 */
final class LocalApiServices {
  private static final GroupVersionResource API_SERVICES =
      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices");

  /** Higher comes first. */
  private static final Map<String, Integer> GROUPS =
      Map.ofEntries(
          Map.entry("", 18_000),
          Map.entry("apps", 17_800),
          Map.entry("events.k8s.io", 17_750),
          Map.entry("authentication.k8s.io", 17_700),
          Map.entry("authorization.k8s.io", 17_600),
          Map.entry("autoscaling", 17_500),
          Map.entry("batch", 17_400),
          Map.entry("certificates.k8s.io", 17_300),
          Map.entry("networking.k8s.io", 17_200),
          Map.entry("policy", 17_100),
          Map.entry("rbac.authorization.k8s.io", 17_000),
          Map.entry("storage.k8s.io", 16_800),
          Map.entry("apiextensions.k8s.io", 16_700),
          Map.entry("admissionregistration.k8s.io", 16_700),
          Map.entry("scheduling.k8s.io", 16_600),
          Map.entry("coordination.k8s.io", 16_500),
          Map.entry("node.k8s.io", 16_300),
          Map.entry("discovery.k8s.io", 16_200),
          Map.entry("resource.k8s.io", 16_200),
          Map.entry("flowcontrol.apiserver.k8s.io", 16_100));

  /** Versions that do not have {@link #USUAL_VERSION}. */
  private static final Map<String, Integer> VERSIONS =
      Map.of(
          "v1.", 1,
          "v2.autoscaling", 30,
          "v1.resource.k8s.io", 21,
          "v1.flowcontrol.apiserver.k8s.io", 21);

  private static final int OTHER_GROUP = 16_000;
  private static final int USUAL_VERSION = 15;
  private static final int OTHER_VERSION = 9;

  private LocalApiServices() {}

  static BootstrapStep step(ObjectReader objects) {
    List<Wanted> wanted = new ArrayList<>();
    for (BuiltinResources.Group group : BuiltinResources.get().groups()) {
      // It is what APIServices are of, and stands before all others without one.
      if (!group.name().equals(API_SERVICES.group())) {
        group.versions().forEach(v -> wanted.add(Wanted.once(API_SERVICES, tree(group.name(), v))));
      }
    }
    return new EnsureStep("poststarthook/apiservice-registration-controller", objects, wanted);
  }

  private static ObjectNode tree(String group, String version) {
    String name = version + "." + group;
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "apiregistration.k8s.io/v1").put("kind", "APIService");
    tree.putObject("metadata")
        .put("name", name)
        .putObject("labels")
        .put("kube-aggregator.kubernetes.io/automanaged", "onstart");
    tree.putObject("spec")
        .put("group", group)
        .put("version", version)
        .put("groupPriorityMinimum", GROUPS.getOrDefault(group, OTHER_GROUP))
        .put(
            "versionPriority",
            VERSIONS.getOrDefault(
                name, version.matches("v[0-9]+") ? USUAL_VERSION : OTHER_VERSION));
    return tree;
  }
}
