package dev.mokha.api.schema;

import static dev.mokha.api.schema.Trees.isEmpty;
import static dev.mokha.api.schema.Trees.object;
import static dev.mokha.api.schema.Trees.text;
import static dev.mokha.api.schema.Trees.textUnlessGiven;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Everything that neither runs pods nor leads to them. */
final class ClusterDefaults {
  private static final String CORE = "io.k8s.api.core.v1.";
  private static final String RBAC_GROUP = "rbac.authorization.k8s.io";

  private ClusterDefaults() {}

  static void addTo(Map<String, Consumer<ObjectNode>> rules) {
    rules.put(CORE + "Namespace", ClusterDefaults::namespace);
    rules.put(CORE + "Secret", ClusterDefaults::secret);
    rules.put(CORE + "NodeStatus", ClusterDefaults::nodeStatus);
    rules.put(CORE + "LimitRangeItem", ClusterDefaults::limitRangeItem);
    rules.put("io.k8s.api.rbac.v1.Subject", ClusterDefaults::subject);
    rules.put(
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames",
        ClusterDefaults::names);
    rules.put(
        "io.k8s.api.flowcontrol.v1.FlowSchemaSpec",
        spec -> Trees.dropZeros(spec, "matchingPrecedence"));
    rules.put(
        "io.k8s.api.flowcontrol.v1.QueuingConfiguration",
        queuing -> Trees.dropZeros(queuing, "handSize", "queues", "queueLengthLimit"));
    rules.put(
        "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec", ClusterDefaults::priorityLevel);
    rules.put("io.k8s.api.resource.v1.ExactDeviceRequest", ClusterDefaults::deviceRequest);
    rules.put("io.k8s.api.resource.v1.DeviceSubRequest", ClusterDefaults::deviceRequest);
  }

  /** Selectors can name a namespace by this label, so nobody may take it away. */
  private static void namespace(ObjectNode namespace) {
    ObjectNode metadata = object(namespace, "metadata");
    String name = text(metadata, "name");
    if (!name.isEmpty()) {
      object(metadata, "labels").put("kubernetes.io/metadata.name", name);
    }
  }

  /** Plain text is only a way to write; what is kept is data alone. */
  private static void secret(ObjectNode secret) {
    if (secret.remove("stringData") instanceof ObjectNode plain && !plain.isEmpty()) {
      ObjectNode data = object(secret, "data");
      for (Map.Entry<String, JsonNode> e : plain.properties()) {
        byte[] bytes = e.getValue().asString().getBytes(StandardCharsets.UTF_8);
        data.put(e.getKey(), Base64.getEncoder().encodeToString(bytes));
      }
    }
  }

  private static void nodeStatus(ObjectNode status) {
    if (isEmpty(status, "allocatable") && !isEmpty(status, "capacity")) {
      status.set("allocatable", status.get("capacity").deepCopy());
    }
  }

  private static void limitRangeItem(ObjectNode item) {
    if (!text(item, "type").equals("Container")) {
      return;
    }
    fill(item, "default", "max");
    fill(item, "defaultRequest", "default");
    fill(item, "defaultRequest", "min");
  }

  private static void fill(ObjectNode item, String to, String from) {
    for (Map.Entry<String, JsonNode> e : item.path(from).properties()) {
      ObjectNode target = object(item, to);
      if (!target.has(e.getKey())) {
        target.set(e.getKey(), e.getValue());
      }
    }
  }

  private static void subject(ObjectNode subject) {
    String kind = text(subject, "kind");
    if (kind.equals("User") || kind.equals("Group")) {
      textUnlessGiven(subject, "apiGroup", RBAC_GROUP);
    }
  }

  private static void names(ObjectNode names) {
    String kind = text(names, "kind");
    if (!kind.isEmpty()) {
      textUnlessGiven(names, "singular", kind.toLowerCase(Locale.ROOT));
      textUnlessGiven(names, "listKind", kind + "List");
    }
  }

  private static void priorityLevel(ObjectNode spec) {
    if (text(spec, "type").equals("Exempt")) {
      object(spec, "exempt");
    }
  }

  private static void deviceRequest(ObjectNode request) {
    textUnlessGiven(request, "allocationMode", "ExactCount");
    if (text(request, "allocationMode").equals("ExactCount")
        && request.path("count").asInt(0) == 0) {
      request.put("count", 1);
    }
  }
}
