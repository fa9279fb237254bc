package dev.mokha.server.admission;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the plug-ins ask of a pod's tree. */
final class PodTree {
  static final String MIRROR = "kubernetes.io/config.mirror";

  private PodTree() {}

  static ObjectNode spec(ObjectNode pod) {
    return pod.get("spec") instanceof ObjectNode spec ? spec : pod.putObject("spec");
  }

  static boolean isMirror(JsonNode pod) {
    return pod.path("metadata").path("annotations").has(MIRROR);
  }

  /** The containers of the named lists, in order. */
  static List<ObjectNode> containers(JsonNode spec, String... lists) {
    List<ObjectNode> found = new ArrayList<>();
    for (String list : lists) {
      for (JsonNode container : spec.path(list)) {
        if (container instanceof ObjectNode object) {
          found.add(object);
        }
      }
    }
    return found;
  }

  static ArrayNode array(ObjectNode parent, String field) {
    return parent.get(field) instanceof ArrayNode array ? array : parent.putArray(field);
  }

  static ObjectNode object(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode object ? object : parent.putObject(field);
  }

  static String text(JsonNode parent, String field) {
    return parent.path(field).asString("");
  }
}
