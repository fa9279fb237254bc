package dev.mokha.docker.build;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.BuildEvent;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/**
 * A build's events as they are, for {@code mokha build}: {@code {"event":"started","step":2,...}}.
 * Unlike Docker's own text they say which of the stages that run side by side they belong to.
 */
final class EventLine {
  private EventLine() {}

  static ObjectNode of(BuildEvent event) {
    ObjectNode line =
        Json.object().put("event", event.getClass().getSimpleName().toLowerCase(Locale.ROOT));
    if (event instanceof BuildEvent.OfStep step) {
      line.put("step", step.step());
    }
    switch (event) {
      case BuildEvent.Planned e -> line.put("steps", e.steps());
      case BuildEvent.Started e ->
          line.put("steps", e.steps()).put("stage", e.stage()).put("text", e.text());
      case BuildEvent.Fetching e ->
          line.put("item", e.item())
              .put("action", e.action())
              .put("done", e.done())
              .put("total", e.total());
      case BuildEvent.Cached _ -> {
        // The step says all.
      }
      case BuildEvent.Running e -> line.put("container", e.containerId());
      case BuildEvent.Removed e -> line.put("container", e.containerId());
      case BuildEvent.Wrote e -> line.put("stderr", e.error()).put("text", e.text());
      case BuildEvent.Note e -> line.put("text", e.text());
      case BuildEvent.Done e ->
          line.put("image", e.imageId()).put("milliseconds", e.took().toMillis());
      case BuildEvent.Failed e ->
          line.put("text", e.message()).put("milliseconds", e.took().toMillis());
      case BuildEvent.Squashed e -> line.put("image", e.imageId());
      case BuildEvent.Warning e -> line.put("text", e.text());
      case BuildEvent.Built e -> line.put("image", e.imageId());
      case BuildEvent.Tagged e -> line.put("name", e.name());
    }
    return line;
  }
}
