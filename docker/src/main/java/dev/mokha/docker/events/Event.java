package dev.mokha.docker.events;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.http.Json;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that happened (Docker API 1.50, EventMessage).
 *
 * @param type to what kind of thing
 * @param action what, such as {@code start}
 * @param id of the thing
 * @param namespaces the namespaces of the cluster it concerns: who may see such things in one of
 *     them may hear of it; none when it concerns everybody
 * @param attributes more about it, such as its name; a container's image is {@code image}
 * @param at when
 */
public record Event(
    Type type,
    String action,
    String id,
    Set<String> namespaces,
    Map<String, String> attributes,
    Instant at) {
  private static final long NANOS = 1_000_000_000L;

  /** Kinds of things. */
  public enum Type {
    BUILDER,
    CONTAINER,
    DAEMON,
    IMAGE,
    NETWORK,
    VOLUME;

    /** As Docker writes it. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Copies the attributes. */
  public Event {
    requireNonNull(type);
    requireNonNull(action);
    requireNonNull(id);
    requireNonNull(at);
    namespaces = Set.copyOf(namespaces);
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /** As it is sent; containers and images have some fields twice, for old clients. */
  public ObjectNode toJson() {
    ObjectNode json = Json.object();
    if (type == Type.CONTAINER || type == Type.IMAGE) {
      json.put("status", action);
      if (!id.isEmpty()) {
        json.put("id", id);
      }
      if (attributes.containsKey("image")) {
        json.put("from", attributes.get("image"));
      }
    }
    json.put("Type", type.word());
    json.put("Action", action);
    ObjectNode actor = json.putObject("Actor").put("ID", id);
    ObjectNode notes = actor.putObject("Attributes");
    attributes.forEach(notes::put);
    json.put("scope", "local");
    json.put("time", at.getEpochSecond());
    json.put("timeNano", at.getEpochSecond() * NANOS + at.getNano());
    return json;
  }
}
