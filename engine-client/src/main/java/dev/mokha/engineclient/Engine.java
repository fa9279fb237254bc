package dev.mokha.engineclient;

import dev.mokha.engineclient.http.Transport.Call;
import dev.mokha.engineclient.http.Transport.Reply;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The engine itself. */
public final class Engine {
  private final Api api;

  Engine(Api api) {
    this.api = api;
  }

  /**
   * An answer to a ping.
   *
   * @param apiVersion the newest version of the API it speaks
   * @param osType such as {@code linux}
   */
  public record Pong(String apiVersion, String osType) {}

  /**
   * Something that happened.
   *
   * @param type of what: {@code container}, {@code image}, {@code volume}, {@code network} ...
   * @param action what: {@code start}, {@code die}, {@code pull} ...
   * @param id whose
   * @param attributes names, labels and what belongs to the action
   * @param at when
   */
  public record Event(
      String type, String action, String id, Map<String, String> attributes, Instant at) {
    /** Copies the attributes. */
    public Event {
      attributes = Map.copyOf(attributes);
    }

    static Event of(JsonNode node) {
      Map<String, String> attributes = new java.util.HashMap<>();
      node.path("Actor")
          .path("Attributes")
          .properties()
          .forEach(e -> attributes.put(e.getKey(), e.getValue().asString("")));
      long nanos = node.path("timeNano").asLong(node.path("time").asLong(0) * 1_000_000_000L);
      return new Event(
          node.path("Type").asString(""),
          node.path("Action").asString(""),
          node.path("Actor").path("ID").asString(""),
          attributes,
          Instant.ofEpochSecond(0, nanos));
    }
  }

  /** Whether it is there, and what it speaks. */
  public Pong ping() {
    try (Reply reply = api.transport().send(Call.of("GET", "/_ping"))) {
      return new Pong(
          reply.headers().getOrDefault("api-version", "1.24"),
          reply.headers().getOrDefault("ostype", "linux"));
    }
  }

  /** Its version and its parts' versions, as the API's {@code SystemVersion}. */
  public ObjectNode version() {
    return api.get("/version", Query.NONE).asObject();
  }

  /** What it is and has, as the API's {@code SystemInfo}. */
  public ObjectNode info() {
    return api.get("/info", Query.NONE).asObject();
  }

  /** Disk use, as the API's {@code SystemDataUsageResponse}. */
  public ObjectNode diskUsage() {
    return api.get("/system/df", Query.NONE).asObject();
  }

  /**
   * Hears what happens, from a moment on and until the other; blocks all the while.
   *
   * @param since null for now
   * @param until null for ever: interrupt nothing, run it on a thread of its own and leave it
   * @param filters such as {@code type -> [container]}
   */
  public void events(
      Instant since, Instant until, Map<String, List<String>> filters, Consumer<Event> listener) {
    Query query =
        Query.NONE.with("since", seconds(since)).with("until", seconds(until)).filters(filters);
    api.documents(
        Call.of("GET", api.target("/events", query)), node -> listener.accept(Event.of(node)));
  }

  private static String seconds(Instant at) {
    return at == null ? "" : "%d.%09d".formatted(at.getEpochSecond(), at.getNano());
  }
}
