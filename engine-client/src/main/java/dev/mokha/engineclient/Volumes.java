package dev.mokha.engineclient;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The engine's volumes. */
public final class Volumes {
  private final Api api;

  Volumes(Api api) {
    this.api = api;
  }

  /**
   * A volume.
   *
   * @param name its name
   * @param driver such as {@code local}
   * @param mountpoint where it lies on the engine's machine
   * @param labels its labels
   */
  public record Volume(String name, String driver, String mountpoint, Map<String, String> labels) {
    /** Copies the labels. */
    public Volume {
      labels = Map.copyOf(labels);
    }

    static Volume of(JsonNode node) {
      return new Volume(
          node.path("Name").asString(""),
          node.path("Driver").asString(""),
          node.path("Mountpoint").asString(""),
          Images.strings(node.path("Labels")));
    }
  }

  /** All volumes that pass the filters. */
  public List<Volume> list(Map<String, List<String>> filters) {
    List<Volume> volumes = new ArrayList<>();
    api.get("/volumes", Query.NONE.filters(filters))
        .path("Volumes")
        .forEach(node -> volumes.add(Volume.of(node)));
    return volumes;
  }

  /** Makes a volume, or returns the one of that name; an empty name makes an anonymous one. */
  public Volume create(String name, Map<String, String> labels) {
    return create(name, "local", Map.of(), labels);
  }

  /** Makes a volume of a driver, with its options. */
  public Volume create(
      String name, String driver, Map<String, String> options, Map<String, String> labels) {
    return Volume.of(
        api.post(
            "/volumes/create",
            Query.NONE,
            Map.of("Name", name, "Driver", driver, "DriverOpts", options, "Labels", labels)));
  }

  /** One volume; {@link EngineClientException} with status 404 when there is none. */
  public Volume inspect(String name) {
    return Volume.of(api.get("/volumes/" + Api.part(name), Query.NONE));
  }

  /** Removes a volume that no container has. */
  public void remove(String name, boolean force) {
    api.delete("/volumes/" + Api.part(name), Query.NONE.with("force", force));
  }

  /** Removes what no container has; the bytes freed. */
  public long prune(Map<String, List<String>> filters) {
    return api.post("/volumes/prune", Query.NONE.filters(filters), null)
        .path("SpaceReclaimed")
        .asLong(0);
  }
}
