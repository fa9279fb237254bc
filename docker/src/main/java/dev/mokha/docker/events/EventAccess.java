package dev.mokha.docker.events;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Request;

/**
 * Who hears of what: of containers, volumes and networks those who may get such things in a
 * namespace the event concerns; of images those who may get them; of the daemon and of prunes
 * everybody who may hear events.
 */
public final class EventAccess {
  private EventAccess() {}

  /** Whether a caller may hear of an event. */
  public static boolean visible(Request request, Event event) {
    return switch (event.type()) {
      case DAEMON, BUILDER -> true;
      case IMAGE ->
          event.id().isEmpty()
              || request.may(
                  Action.of(
                      "get", "images", "", event.attributes().getOrDefault("name", event.id())));
      case CONTAINER -> may(request, "containers", event);
      case VOLUME -> may(request, "volumes", event);
      case NETWORK -> may(request, "networks", event);
    };
  }

  private static boolean may(Request request, String resource, Event event) {
    return event.namespaces().isEmpty()
        || event.namespaces().stream()
            .anyMatch(one -> request.may(Action.of("get", resource, one, event.id())));
  }
}
