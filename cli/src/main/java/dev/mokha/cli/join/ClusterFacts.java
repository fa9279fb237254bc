package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.Settings;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every node of a cluster must know; in the ConfigMap {@code mokha-cluster} of {@code
 * kube-system}, which nodes and machines on their way to become one may read.
 *
 * @param podCidr range of all pods
 * @param serviceCidr range of all services
 * @param clusterDomain what service names end with
 * @param registry the port of the cluster's registry, where the API server is; {@code off} for none
 */
public record ClusterFacts(
    String podCidr, String serviceCidr, String clusterDomain, String registry) {
  private static final GroupVersionResource MAPS = new GroupVersionResource("", "v1", "configmaps");
  private static final String NAMESPACE = "kube-system";
  private static final String NAME = "mokha-cluster";

  /** Refuses nulls. */
  public ClusterFacts {
    requireNonNull(podCidr, "podCidr");
    requireNonNull(serviceCidr, "serviceCidr");
    requireNonNull(clusterDomain, "clusterDomain");
    requireNonNull(registry, "registry");
  }

  /** Those of a server's settings. */
  public static ClusterFacts of(Settings settings) {
    return new ClusterFacts(
        settings.podCidr(), settings.serviceCidr(), settings.clusterDomain(), settings.registry());
  }

  /** Reads them. */
  static ClusterFacts read(ApiClient client) {
    JsonNode data = client.get(MAPS, NAMESPACE, NAME, "").toTree().path("data");
    return new ClusterFacts(
        data.path("podCidr").asString(),
        data.path("serviceCidr").asString(),
        data.path("clusterDomain").asString(),
        // A server from before the registry says nothing of it.
        data.path("registry").asString("off"));
  }

  /** Makes them known. */
  public void publish(ApiClient client) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "v1").put("kind", "ConfigMap");
    tree.putObject("metadata").put("name", NAME).put("namespace", NAMESPACE);
    tree.putObject("data")
        .put("podCidr", podCidr)
        .put("serviceCidr", serviceCidr)
        .put("clusterDomain", clusterDomain)
        .put("registry", registry);
    client.patch(MAPS, NAMESPACE, NAME, "", PatchType.APPLY, KubeObject.of(tree).json(), true);
  }
}
