package dev.mokha.server.aggregation;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The condition {@code Available} of an APIService, without its times.
 *
 * @param status {@code True}, {@code False}, or empty while nothing is known
 * @param reason one word, such as {@code Passed} or {@code EndpointsNotFound}
 * @param message for people
 */
public record Availability(String status, String reason, String message) {
  static final Availability UNKNOWN = new Availability("", "", "");
  static final Availability LOCAL =
      new Availability("True", "Local", "Local APIServices are always available");
  static final Availability PASSED = new Availability("True", "Passed", "all checks passed");

  static Availability not(String reason, String message) {
    return new Availability("False", reason, message);
  }

  /** True when requests may be passed on. */
  public boolean available() {
    return status.equals("True");
  }

  static Availability of(JsonNode apiService) {
    for (JsonNode c : apiService.path("status").path("conditions")) {
      if (c.path("type").asString("").equals("Available")) {
        return new Availability(
            c.path("status").asString(""),
            c.path("reason").asString(""),
            c.path("message").asString(""));
      }
    }
    return UNKNOWN;
  }

  /** Writes the condition into an APIService; its time changes only with its status. */
  void writeTo(ObjectNode apiService, String now) {
    var conditions = apiService.withObject("/status").withArray("conditions");
    ObjectNode mine = null;
    for (JsonNode c : conditions) {
      if (c.path("type").asString("").equals("Available")) {
        mine = (ObjectNode) c;
      }
    }
    if (mine == null) {
      mine = conditions.addObject().put("type", "Available");
    }
    if (!mine.path("status").asString("").equals(status)) {
      mine.put("lastTransitionTime", now);
    }
    mine.put("status", status).put("reason", reason).put("message", message);
  }
}
