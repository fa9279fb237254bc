package dev.mokha.api.conversion;

import dev.mokha.api.object.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One metric in the nested form of autoscaling/v2 and in the flat form that autoscaling/v1 keeps in
 * annotations.
 */
final class MetricForms {
  private MetricForms() {}

  static ObjectNode targetToV1(ObjectNode metric) {
    return toV1(metric, "target");
  }

  static ObjectNode currentToV1(ObjectNode metric) {
    return toV1(metric, "current");
  }

  static ObjectNode targetToV2(ObjectNode metric) {
    return toV2(metric, "target");
  }

  static ObjectNode currentToV2(ObjectNode metric) {
    return toV2(metric, "current");
  }

  private static ObjectNode toV1(ObjectNode metric, String side) {
    ObjectNode flat = Json.MAPPER.createObjectNode();
    flat.set("type", metric.path("type"));
    Map.Entry<String, ObjectNode> source = AutoscalerConversion.source(metric);
    String kind = source.getKey();
    ObjectNode from = source.getValue();
    ObjectNode to = flat.putObject(kind);
    copy(from, "name", to, "name");
    copy(from, "container", to, "container");
    copy(from, "describedObject", to, "target");
    JsonNode identifier = from.path("metric");
    copy(identifier, "name", to, "metricName");
    copy(identifier, "selector", to, selector(kind));
    JsonNode values = from.path(side);
    copy(values, "averageUtilization", to, side + "AverageUtilization");
    copy(values, "averageValue", to, averageName(kind, side));
    copy(values, "value", to, side + "Value");
    return flat;
  }

  private static ObjectNode toV2(ObjectNode metric, String side) {
    ObjectNode nested = Json.MAPPER.createObjectNode();
    nested.set("type", metric.path("type"));
    Map.Entry<String, ObjectNode> source = AutoscalerConversion.source(metric);
    String kind = source.getKey();
    ObjectNode from = source.getValue();
    ObjectNode to = nested.putObject(kind);
    copy(from, "name", to, "name");
    copy(from, "container", to, "container");
    copy(from, "target", to, "describedObject");
    if (from.has("metricName")) {
      ObjectNode identifier = to.putObject("metric");
      copy(from, "metricName", identifier, "name");
      copy(from, selector(kind), identifier, "selector");
    }
    ObjectNode values = to.putObject(side);
    copy(from, side + "AverageUtilization", values, "averageUtilization");
    copy(from, averageName(kind, side), values, "averageValue");
    copy(from, side + "Value", values, "value");
    if (side.equals("target")) {
      values.put("type", type(values));
    }
    return nested;
  }

  private static String type(ObjectNode target) {
    if (target.has("averageUtilization")) {
      return "Utilization";
    }
    return target.has("averageValue") ? "AverageValue" : "Value";
  }

  private static String selector(String kind) {
    return kind.equals("external") ? "metricSelector" : "selector";
  }

  private static String averageName(String kind, String side) {
    return kind.equals("object") ? "averageValue" : side + "AverageValue";
  }

  private static void copy(JsonNode from, String name, ObjectNode to, String as) {
    JsonNode value = from.get(name);
    if (value != null && !value.isNull()) {
      to.set(as, value);
    }
  }
}
