package dev.mokha.docker.events;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Request;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who hears of what: of containers, volumes and networks those who may get them, or might have got
 * them before they were removed; of images and the daemon everybody who may hear events.
 */
public final class EventAccess {
  private final Function<Event, Optional<Map<String, String>>> labels;

  /**
   * Access by labels.
   *
   * @param labels those of an event's volume or network, where it is still there
   */
  public EventAccess(Function<Event, Optional<Map<String, String>>> labels) {
    this.labels = requireNonNull(labels);
  }

  /** Whether a caller may hear of an event. */
  public boolean visible(Request request, Event event) {
    return switch (event.type()) {
      case IMAGE, DAEMON, BUILDER -> true;
      // A container's labels are among its attributes.
      case CONTAINER -> may(request, "containers", event, event.attributes());
      case VOLUME -> may(request, "volumes", event, labels.apply(event).orElse(Map.of()));
      case NETWORK -> may(request, "networks", event, labels.apply(event).orElse(Map.of()));
    };
  }

  private static boolean may(
      Request request, String resource, Event event, Map<String, String> labels) {
    return request.may(Action.of("get", resource, Namespaces.of(labels), event.id()));
  }
}
