package dev.mokha.server.table;

import static dev.mokha.server.table.Column.text;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The columns of pods. */
final class PodColumns {
  static final List<Column> ALL =
      List.of(
          Columns.NAME,
          text("Ready", "How many of its containers are ready.", PodColumns::ready),
          text("Status", "What it is doing, in one word.", PodColumns::status),
          text(
              "Restarts",
              "How often its containers were restarted, and when last.",
              PodColumns::restarts),
          Columns.AGE,
          text("IP", "Its address.", p -> orNone(p.path("status").path("podIP"))).wide(),
          text("Node", "Where it runs.", p -> orNone(p.path("spec").path("nodeName"))).wide(),
          text(
                  "Nominated Node",
                  "Where it will run when room is made.",
                  p -> orNone(p.path("status").path("nominatedNodeName")))
              .wide(),
          text("Readiness Gates", "Conditions beyond its containers.", PodColumns::gates).wide());

  private PodColumns() {}

  static String orNone(JsonNode node) {
    String text = node.asString("");
    return text.isEmpty() ? "<none>" : text;
  }

  private static boolean isSidecar(JsonNode container) {
    return container.path("restartPolicy").asString("").equals("Always");
  }

  private static String ready(JsonNode pod) {
    int all = pod.path("spec").path("containers").size();
    int ready = 0;
    for (JsonNode c : pod.path("status").path("containerStatuses")) {
      ready += c.path("ready").asBoolean(false) && c.path("state").has("running") ? 1 : 0;
    }
    for (JsonNode c : pod.path("spec").path("initContainers")) {
      if (isSidecar(c)) {
        all++;
        for (JsonNode s : pod.path("status").path("initContainerStatuses")) {
          if (s.path("name").equals(c.path("name"))) {
            ready += s.path("started").asBoolean(false) && s.path("ready").asBoolean(false) ? 1 : 0;
          }
        }
      }
    }
    return ready + "/" + all;
  }

  private static String status(JsonNode pod) {
    JsonNode status = pod.path("status");
    String text = status.path("reason").asString("");
    if (text.isEmpty()) {
      text = status.path("phase").asString("Unknown");
    }
    if (text.equals("Pending")) {
      for (JsonNode c : status.path("conditions")) {
        if (c.path("type").asString("").equals("PodScheduled")
            && c.path("reason").asString("").equals("SchedulingGated")) {
          text = "SchedulingGated";
        }
      }
    }
    String init = initializing(pod);
    if (init != null) {
      text = init;
    } else {
      text = running(status, text);
    }
    if (pod.path("metadata").has("deletionTimestamp")) {
      return status.path("reason").asString("").equals("NodeLost")
          ? "Unknown"
          : status.path("phase").asString("").equals("Succeeded")
                  || status.path("phase").asString("").equals("Failed")
              ? text
              : "Terminating";
    }
    return text;
  }

  /** Null when all init containers are done. */
  private static String initializing(JsonNode pod) {
    JsonNode statuses = pod.path("status").path("initContainerStatuses");
    JsonNode specs = pod.path("spec").path("initContainers");
    for (int i = 0; i < statuses.size(); i++) {
      JsonNode c = statuses.get(i);
      JsonNode state = c.path("state");
      JsonNode ended = state.path("terminated");
      boolean sidecar = i < specs.size() && isSidecar(specs.get(i));
      if ((state.has("terminated") && ended.path("exitCode").asInt(-1) == 0)
          || (sidecar && c.path("started").asBoolean(false))) {
        continue;
      }
      if (state.has("terminated")) {
        return "Init:" + ended(ended);
      }
      String waiting = state.path("waiting").path("reason").asString("");
      return !waiting.isEmpty() && !waiting.equals("PodInitializing")
          ? "Init:" + waiting
          : "Init:" + i + "/" + specs.size();
    }
    return null;
  }

  private static String ended(JsonNode terminated) {
    String reason = terminated.path("reason").asString("");
    if (!reason.isEmpty()) {
      return reason;
    }
    int signal = terminated.path("signal").asInt(0);
    return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.path("exitCode").asInt(0);
  }

  private static String running(JsonNode status, String phase) {
    String text = phase;
    boolean runs = false;
    JsonNode containers = status.path("containerStatuses");
    for (int i = containers.size() - 1; i >= 0; i--) {
      JsonNode c = containers.get(i);
      JsonNode state = c.path("state");
      String waiting = state.path("waiting").path("reason").asString("");
      if (!waiting.isEmpty()) {
        text = waiting;
      } else if (state.has("terminated")) {
        text = ended(state.path("terminated"));
      } else if (c.path("ready").asBoolean(false) && state.has("running")) {
        runs = true;
      }
    }
    if (text.equals("Completed") && runs) {
      for (JsonNode c : status.path("conditions")) {
        if (c.path("type").asString("").equals("Ready")) {
          return c.path("status").asString("").equals("True") ? "Running" : "NotReady";
        }
      }
      return "NotReady";
    }
    return text;
  }

  private static String restarts(JsonNode pod) {
    int restarts = 0;
    Instant last = null;
    for (String list : List.of("containerStatuses", "initContainerStatuses")) {
      for (JsonNode c : pod.path("status").path(list)) {
        boolean counts = list.equals("containerStatuses") || !c.path("state").has("terminated");
        if (!counts) {
          continue;
        }
        restarts += c.path("restartCount").asInt(0);
        String ended = c.path("lastState").path("terminated").path("finishedAt").asString("");
        if (!ended.isEmpty()) {
          Instant at = Instant.parse(ended);
          last = last == null || at.isAfter(last) ? at : last;
        }
      }
    }
    return restarts == 0 || last == null
        ? Integer.toString(restarts)
        : restarts + " (" + Ages.since(last.toString()) + " ago)";
  }

  private static String gates(JsonNode pod) {
    JsonNode gates = pod.path("spec").path("readinessGates");
    if (gates.isEmpty()) {
      return "<none>";
    }
    int met = 0;
    for (JsonNode gate : gates) {
      for (JsonNode c : pod.path("status").path("conditions")) {
        if (c.path("type").equals(gate.path("conditionType"))
            && c.path("status").asString("").equals("True")) {
          met++;
        }
      }
    }
    return met + "/" + gates.size();
  }
}
