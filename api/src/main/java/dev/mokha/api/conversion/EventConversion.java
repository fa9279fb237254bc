package dev.mokha.api.conversion;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Events of the core group and of events.k8s.io: the same things under other names (KEP-383). */
final class EventConversion {
  private static final Map<String, String> CORE_TO_EVENTS =
      Map.of(
          "involvedObject", "regarding",
          "message", "note",
          "source", "deprecatedSource",
          "count", "deprecatedCount",
          "firstTimestamp", "deprecatedFirstTimestamp",
          "lastTimestamp", "deprecatedLastTimestamp",
          "reportingComponent", "reportingController");
  private static final Map<String, String> EVENTS_TO_CORE = new HashMap<>();

  static {
    CORE_TO_EVENTS.forEach((core, events) -> EVENTS_TO_CORE.put(events, core));
  }

  private EventConversion() {}

  static ObjectNode toEvents(ObjectNode event) {
    return rename(event, CORE_TO_EVENTS);
  }

  static ObjectNode toCore(ObjectNode event) {
    return rename(event, EVENTS_TO_CORE);
  }

  private static ObjectNode rename(ObjectNode event, Map<String, String> names) {
    for (Map.Entry<String, String> name : names.entrySet()) {
      JsonNode value = event.remove(name.getKey());
      if (value != null) {
        event.set(name.getValue(), value);
      }
    }
    return event;
  }
}
