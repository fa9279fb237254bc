package dev.mokha.server.aggregation;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.storage.ObjectReader;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a local APIService for each group and version of custom resources, and removes it when the
 * last of them goes; those that somebody else made are left alone. One function from what is to
 * what should be.
 */
final class Registrations {
  private static final Logger log = LoggerFactory.getLogger(Registrations.class);
  static final GroupVersionResource API_SERVICES =
      new GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices");
  private static final String LABEL = "kube-aggregator.kubernetes.io/automanaged";
  private static final int GROUP_PRIORITY = 1000;
  private static final int VERSION_PRIORITY = 100;

  private final ObjectReader objects;
  private final ApiClient client;

  Registrations(ObjectReader objects, ApiClient client) {
    this.objects = requireNonNull(objects, "objects");
    this.client = requireNonNull(client, "client");
  }

  /** Brings the APIServices in line with the custom resources. */
  void reconcile() {
    Set<String> wanted = new LinkedHashSet<>();
    for (KubeObject crd : objects.list("apiextensions.k8s.io", "customresourcedefinitions", "")) {
      JsonNode spec = crd.toTree().path("spec");
      for (JsonNode version : spec.path("versions")) {
        if (version.path("served").asBoolean(false)) {
          wanted.add(version.path("name").asString("") + "." + spec.path("group").asString(""));
        }
      }
    }
    for (String name : wanted) {
      if (find(name).isEmpty()) {
        attempt(name, () -> client.create(API_SERVICES, "", "", "", made(name)));
      }
    }
    for (KubeObject api : objects.list(API_SERVICES.group(), API_SERVICES.resource(), "")) {
      if ("true".equals(api.labels().get(LABEL)) && !wanted.contains(api.name())) {
        attempt(
            api.name(),
            () ->
                client.delete(
                    API_SERVICES, "", api.name(), ApiClient.DeleteOptions.uid(api.uid())));
      }
    }
  }

  private Optional<KubeObject> find(String name) {
    return objects.find(API_SERVICES.group(), API_SERVICES.resource(), "", name);
  }

  private static KubeObject made(String name) {
    int dot = name.indexOf('.');
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "apiregistration.k8s.io/v1").put("kind", "APIService");
    tree.putObject("metadata").put("name", name).putObject("labels").put(LABEL, "true");
    tree.putObject("spec")
        .put("group", name.substring(dot + 1))
        .put("version", name.substring(0, dot))
        .put("groupPriorityMinimum", GROUP_PRIORITY)
        .put("versionPriority", VERSION_PRIORITY);
    return KubeObject.of(tree);
  }

  private static void attempt(String name, Runnable change) {
    try {
      change.run();
    } catch (StatusException e) {
      // Another server was faster, or the next round will do.
      log.debug("the APIService {} was not changed: {}", name, e.getMessage());
    }
  }
}
