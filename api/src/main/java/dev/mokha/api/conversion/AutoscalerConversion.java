package dev.mokha.api.conversion;

import dev.mokha.api.object.Json;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * HorizontalPodAutoscalers of autoscaling/v1 and v2. Version 1 knows CPU utilization alone; all
 * else travels in annotations whose names and forms clients know.
 */
final class AutoscalerConversion {
  private static final String PREFIX = "autoscaling.alpha.kubernetes.io/";
  private static final String METRICS = PREFIX + "metrics";
  private static final String CURRENT = PREFIX + "current-metrics";
  private static final String CONDITIONS = PREFIX + "conditions";
  private static final String BEHAVIOR = PREFIX + "behavior";

  private AutoscalerConversion() {}

  static ObjectNode toV1(ObjectNode autoscaler) {
    ObjectNode spec = autoscaler.withObject("/spec");
    ArrayNode others = Json.MAPPER.createArrayNode();
    for (JsonNode metric : elements(spec.remove("metrics"))) {
      JsonNode utilization = metric.at("/resource/target/averageUtilization");
      if (isCpu(metric) && utilization.isNumber() && !spec.has("targetCPUUtilizationPercentage")) {
        spec.set("targetCPUUtilizationPercentage", utilization);
      } else {
        others.add(MetricForms.targetToV1((ObjectNode) metric));
      }
    }
    annotate(autoscaler, METRICS, others);
    annotate(autoscaler, BEHAVIOR, spec.remove("behavior"));
    if (autoscaler.get("status") instanceof ObjectNode status) {
      ArrayNode current = Json.MAPPER.createArrayNode();
      for (JsonNode metric : elements(status.remove("currentMetrics"))) {
        JsonNode utilization = metric.at("/resource/current/averageUtilization");
        if (isCpu(metric) && utilization.isNumber()) {
          status.set("currentCPUUtilizationPercentage", utilization);
        }
        current.add(MetricForms.currentToV1((ObjectNode) metric));
      }
      annotate(autoscaler, CURRENT, current);
      annotate(autoscaler, CONDITIONS, status.remove("conditions"));
    }
    return autoscaler;
  }

  static ObjectNode toV2(ObjectNode autoscaler) {
    ObjectNode spec = autoscaler.withObject("/spec");
    ArrayNode metrics = fromAnnotation(autoscaler, METRICS, MetricForms::targetToV2);
    JsonNode cpu = spec.remove("targetCPUUtilizationPercentage");
    if (cpu != null && cpu.isNumber()) {
      ObjectNode metric = metrics.insertObject(0).put("type", "Resource");
      metric
          .putObject("resource")
          .put("name", "cpu")
          .putObject("target")
          .put("type", "Utilization")
          .set("averageUtilization", cpu);
    }
    if (!metrics.isEmpty()) {
      spec.set("metrics", metrics);
    }
    JsonNode behavior = takeAnnotation(autoscaler, BEHAVIOR);
    if (behavior.isObject()) {
      spec.set("behavior", behavior);
    }
    ArrayNode current = fromAnnotation(autoscaler, CURRENT, MetricForms::currentToV2);
    JsonNode conditions = takeAnnotation(autoscaler, CONDITIONS);
    if (autoscaler.get("status") instanceof ObjectNode status) {
      JsonNode utilization = status.remove("currentCPUUtilizationPercentage");
      if (current.isEmpty() && utilization != null) {
        ObjectNode metric = current.addObject().put("type", "Resource");
        metric
            .putObject("resource")
            .put("name", "cpu")
            .putObject("current")
            .set("averageUtilization", utilization);
      }
      if (!current.isEmpty()) {
        status.set("currentMetrics", current);
      }
      if (conditions.isArray()) {
        status.set("conditions", conditions);
      }
    }
    dropEmptyAnnotations(autoscaler);
    return autoscaler;
  }

  private static boolean isCpu(JsonNode metric) {
    return metric.path("type").asString("").equals("Resource")
        && metric.at("/resource/name").asString("").equals("cpu");
  }

  private static JsonNode elements(JsonNode list) {
    return list == null ? Json.MAPPER.createArrayNode() : list;
  }

  private static void annotate(ObjectNode autoscaler, String name, JsonNode value) {
    if (value != null && !value.isEmpty()) {
      autoscaler.withObject("/metadata").withObject("/annotations").put(name, Json.text(value));
    }
  }

  /** The annotation's content, which is taken away; a missing node when there is none. */
  private static JsonNode takeAnnotation(ObjectNode autoscaler, String name) {
    if (autoscaler.path("metadata").get("annotations") instanceof ObjectNode annotations) {
      JsonNode text = annotations.remove(name);
      if (text != null) {
        try {
          return Json.MAPPER.readTree(text.asString(""));
        } catch (JacksonException e) {
          return Json.MAPPER.missingNode(); // Written by hand; it counts as not there.
        }
      }
    }
    return Json.MAPPER.missingNode();
  }

  private static ArrayNode fromAnnotation(
      ObjectNode autoscaler, String name, Function<ObjectNode, ObjectNode> form) {
    ArrayNode list = Json.MAPPER.createArrayNode();
    for (JsonNode metric : takeAnnotation(autoscaler, name)) {
      if (metric instanceof ObjectNode object) {
        list.add(form.apply(object));
      }
    }
    return list;
  }

  private static void dropEmptyAnnotations(ObjectNode autoscaler) {
    if (autoscaler.get("metadata") instanceof ObjectNode metadata
        && metadata.get("annotations") instanceof ObjectNode annotations
        && annotations.isEmpty()) {
      metadata.remove("annotations");
    }
  }

  /** The forms of one metric, by its type's field. */
  static Map.Entry<String, ObjectNode> source(ObjectNode metric) {
    for (Map.Entry<String, JsonNode> member : metric.properties()) {
      if (member.getValue() instanceof ObjectNode source) {
        return Map.entry(member.getKey(), source);
      }
    }
    return Map.entry("", Json.MAPPER.createObjectNode());
  }
}
