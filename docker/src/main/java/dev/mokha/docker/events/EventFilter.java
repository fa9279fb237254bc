package dev.mokha.docker.events;

import dev.mokha.docker.http.Filters;
import java.util.Set;

/** Which events a follower wants, by the rules of dockerd: keys must all fit, of values one. */
public final class EventFilter {
  /** With one of these, {@code event} is taken as the beginning of an action. */
  private static final Set<String> WITH_DETAIL =
      Set.of("exec_create", "exec_start", "health_status");

  private static final Set<String> BY_NAME =
      Set.of(
          "config",
          "container",
          "daemon",
          "network",
          "node",
          "plugin",
          "secret",
          "service",
          "volume");

  private final Filters filters;

  /** A filter; keys it does not know are ignored, as dockerd does. */
  public EventFilter(Filters filters) {
    this.filters = filters;
  }

  boolean admits(Event event) {
    return admitsAction(event.action())
        && filters.admits("type", event.type().word())
        && filters.admits("scope", "local")
        && BY_NAME.stream().allMatch(key -> admitsName(key, event))
        && admitsImage(event)
        && filters.matchesLabels(event.attributes());
  }

  private boolean admitsAction(String action) {
    boolean beginnings = filters.get("event").stream().anyMatch(WITH_DETAIL::contains);
    return beginnings ? begins("event", action) : filters.admits("event", action);
  }

  private boolean admitsName(String key, Event event) {
    return begins(key, event.id()) || begins(key, event.attributes().getOrDefault("name", ""));
  }

  private boolean begins(String key, String value) {
    return !filters.has(key) || filters.get(key).stream().anyMatch(value::startsWith);
  }

  private boolean admitsImage(Event event) {
    String name =
        event.attributes().getOrDefault(event.type() == Event.Type.IMAGE ? "name" : "image", "");
    return filters.admits("image", event.id())
        || filters.admits("image", name)
        || filters.admits("image", withoutTag(event.id()))
        || filters.admits("image", withoutTag(name));
  }

  private static String withoutTag(String name) {
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') && !name.startsWith("sha256:")
        ? name.substring(0, colon)
        : name;
  }
}
