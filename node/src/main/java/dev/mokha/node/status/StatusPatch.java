package dev.mokha.node.status;

import dev.mokha.api.object.Json;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The strategic merge patch from one pod status to another. Conditions go one by one, by their
 * type, so that those of others (a scheduler, an operator's readiness gate) are never overwritten.
 */
final class StatusPatch {
  private StatusPatch() {}

  /** The patch; empty when nothing differs. */
  static Optional<ObjectNode> between(PodStatus before, PodStatus after, String uid) {
    JsonNode from = before == null ? empty() : Json.MAPPER.valueToTree(before);
    JsonNode to = Json.MAPPER.valueToTree(after);
    ObjectNode status = empty();
    Set<String> fields = new TreeSet<>();
    from.propertyNames().forEach(fields::add);
    to.propertyNames().forEach(fields::add);
    for (String field : fields) {
      JsonNode old = from.get(field);
      JsonNode now = to.get(field);
      if (now == null || now.isNull()) {
        if (old != null && !old.isNull()) {
          status.putNull(field);
        }
      } else if (!now.equals(old)) {
        switch (field) {
          case "conditions" -> conditions(status, (ArrayNode) now, old);
          case "podIPs" -> status.set(field, replacing((ArrayNode) now));
          default -> status.set(field, now);
        }
      }
    }
    if (status.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode patch = empty();
    patch.putObject("metadata").put("uid", uid);
    patch.set("status", status);
    return Optional.of(patch);
  }

  private static ObjectNode empty() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static void conditions(ObjectNode status, ArrayNode now, JsonNode old) {
    ArrayNode changed = JsonNodeFactory.instance.arrayNode();
    for (JsonNode condition : now) {
      JsonNode before = byType(old, condition.path("type").asString(""));
      if (!condition.equals(before)) {
        ObjectNode copy = (ObjectNode) condition.deepCopy();
        if (before != null) {
          // A merge keeps what is not named: say that a reason or message is gone.
          for (Map.Entry<String, JsonNode> e : ((ObjectNode) before).properties()) {
            if (!copy.has(e.getKey())) {
              copy.putNull(e.getKey());
            }
          }
        }
        changed.add(copy);
      }
    }
    if (!changed.isEmpty()) {
      status.set("conditions", changed);
    }
  }

  private static JsonNode byType(JsonNode conditions, String type) {
    if (conditions != null) {
      for (JsonNode c : conditions) {
        if (type.equals(c.path("type").asString(""))) {
          return c;
        }
      }
    }
    return null;
  }

  private static ArrayNode replacing(ArrayNode items) {
    ArrayNode result = items.deepCopy();
    result.addObject().put("$patch", "replace");
    return result;
  }
}
