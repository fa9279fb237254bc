package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Changes the conditions of a status. */
final class Conditions {
  private final ObjectNode status;
  private final Instant now;

  Conditions(ObjectNode status, Instant now) {
    this.status = requireNonNull(status, "status");
    this.now = requireNonNull(now, "now");
  }

  /** Sets a condition; its time of transition changes only with its status. */
  void set(String type, boolean is, String reason, String message) {
    String word = is ? "True" : "False";
    ObjectNode condition = find(type);
    if (condition == null) {
      condition = list().addObject();
      condition.put("type", type);
    }
    if (!condition.path("status").asString("").equals(word)) {
      condition.put("status", word);
      condition.put("lastTransitionTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
    condition.put("reason", reason).put("message", message);
  }

  private ObjectNode find(String type) {
    for (JsonNode c : status.path("conditions")) {
      if (c.path("type").asString("").equals(type)) {
        return (ObjectNode) c;
      }
    }
    return null;
  }

  private ArrayNode list() {
    return status.get("conditions") instanceof ArrayNode list
        ? list
        : status.putArray("conditions");
  }
}
