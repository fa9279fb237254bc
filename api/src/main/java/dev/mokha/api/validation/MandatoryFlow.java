package dev.mokha.api.validation;

import dev.mokha.api.object.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects of priority and fairness that every server must have and nobody may change (KEP-1040,
 * "Mandatory configuration objects"): the level and schema {@code exempt}, which are never held up,
 * and {@code catch-all}, which take what nothing else matches.
 */
public final class MandatoryFlow {
  /** Group and version of the objects. */
  public static final String API_VERSION = "flowcontrol.apiserver.k8s.io/v1";

  /** Says that the server keeps the object's spec up to date. */
  public static final String AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";

  private static final String EXEMPT = "exempt";
  private static final String CATCH_ALL = "catch-all";

  private MandatoryFlow() {}

  /** The priority levels by name; each call makes new ones. */
  public static Map<String, ObjectNode> levels() {
    return Map.of(EXEMPT, exemptLevel(), CATCH_ALL, catchAllLevel());
  }

  /** The schemas by name; each call makes new ones. */
  public static Map<String, ObjectNode> schemas() {
    return Map.of(
        EXEMPT,
        schema(EXEMPT, 1, "", List.of("system:masters")),
        CATCH_ALL,
        schema(
            CATCH_ALL,
            10_000,
            "ByUser",
            List.of("system:unauthenticated", "system:authenticated")));
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode object = Json.MAPPER.createObjectNode();
    object.put("apiVersion", API_VERSION).put("kind", kind);
    ObjectNode metadata = object.putObject("metadata").put("name", name);
    metadata.putObject("annotations").put(AUTO_UPDATE, "true");
    return object;
  }

  private static ObjectNode exemptLevel() {
    ObjectNode level = object("PriorityLevelConfiguration", EXEMPT);
    ObjectNode spec = level.putObject("spec").put("type", "Exempt");
    spec.putObject("exempt").put("nominalConcurrencyShares", 0).put("lendablePercent", 0);
    return level;
  }

  private static ObjectNode catchAllLevel() {
    ObjectNode level = object("PriorityLevelConfiguration", CATCH_ALL);
    ObjectNode limited = level.putObject("spec").put("type", "Limited").putObject("limited");
    limited.put("nominalConcurrencyShares", 5).put("lendablePercent", 0);
    limited.putObject("limitResponse").put("type", "Reject");
    return level;
  }

  private static ObjectNode schema(
      String name, int precedence, String distinguisher, List<String> groups) {
    ObjectNode schema = object("FlowSchema", name);
    ObjectNode spec = schema.putObject("spec").put("matchingPrecedence", precedence);
    spec.putObject("priorityLevelConfiguration").put("name", name);
    if (!distinguisher.isEmpty()) {
      spec.putObject("distinguisherMethod").put("type", distinguisher);
    }
    ObjectNode rule = spec.putArray("rules").addObject();
    ArrayNode subjects = rule.putArray("subjects");
    for (String group : groups) {
      subjects.addObject().put("kind", "Group").putObject("group").put("name", group);
    }
    ObjectNode resources = rule.putArray("resourceRules").addObject();
    for (String field : List.of("verbs", "apiGroups", "resources", "namespaces")) {
      resources.putArray(field).add("*");
    }
    resources.put("clusterScope", true);
    ObjectNode paths = rule.putArray("nonResourceRules").addObject();
    paths.putArray("verbs").add("*");
    paths.putArray("nonResourceURLs").add("*");
    return schema;
  }
}
