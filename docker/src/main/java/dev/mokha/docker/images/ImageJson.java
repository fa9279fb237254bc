package dev.mokha.docker.images;

import dev.mokha.docker.http.ApiVersion;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.images.HistoryEntry;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageDetails;
import dev.mokha.engine.images.Removal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Images in Docker's JSON (API 1.50: ImageSummary, ImageInspect, HistoryResponseItem). */
public final class ImageJson {
  private static final String NONE = "<none>:<none>";

  /** In ImageInspect since 1.50 always, if only as null. */
  private static final List<String> ALWAYS =
      List.of("Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "Volumes");

  private static final List<String> WHEN_SET =
      List.of("ExposedPorts", "Healthcheck", "Shell", "StopSignal", "ArgsEscaped");

  /** In ImageInspect before 1.50: what only containers have. */
  private static final List<String> FLAGS =
      List.of("AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce");

  private ImageJson() {}

  /**
   * One of a list.
   *
   * @param tags its names, as they are shown
   * @param containers how many are made from it; -1 when nobody counted
   * @param shared bytes it shares with others; -1 the same
   */
  public static ObjectNode summary(
      Image image, String parent, List<String> tags, long containers, long shared, ApiVersion of) {
    ObjectNode json = Json.object();
    json.put("Containers", containers);
    json.put("Created", image.created() == null ? 0 : image.created().getEpochSecond());
    json.put("Id", image.id());
    labels(json, image.config().labels());
    json.put("ParentId", parent);
    ArrayNode digests = json.putArray("RepoDigests");
    image.repoDigests().forEach(digest -> digests.add(ImageNames.familiar(digest)));
    ArrayNode names = json.putArray("RepoTags");
    tags.forEach(names::add);
    if (!of.atLeast(43) && tags.isEmpty()) {
      names.add(NONE);
    }
    if (!of.atLeast(43) && digests.isEmpty()) {
      digests.add("<none>@<none>");
    }
    json.put("SharedSize", shared);
    json.put("Size", image.size());
    if (!of.atLeast(44)) {
      json.put("VirtualSize", image.size());
    }
    return json;
  }

  private static void labels(ObjectNode json, Map<String, String> labels) {
    if (labels.isEmpty()) {
      json.putNull("Labels");
    } else {
      ObjectNode object = json.putObject("Labels");
      new TreeMap<>(labels).forEach(object::put);
    }
  }

  /** All of one. */
  static ObjectNode inspect(ImageDetails details, ApiVersion version) {
    Image image = details.image();
    ObjectNode json = Json.object();
    json.put("Id", image.id());
    ArrayNode tags = json.putArray("RepoTags");
    image.references().stream()
        .filter(reference -> reference.indexOf('@') < 0)
        .forEach(reference -> tags.add(ImageNames.familiar(reference)));
    ArrayNode digests = json.putArray("RepoDigests");
    image.repoDigests().forEach(digest -> digests.add(ImageNames.familiar(digest)));
    json.put("Parent", details.parent());
    json.put("Comment", details.comment());
    if (image.created() != null) {
      json.put("Created", image.created().toString());
    }
    if (!version.atLeast(45)) {
      json.put("Container", "");
      json.set("ContainerConfig", config(details.configuration().path("config"), version));
    }
    json.put("DockerVersion", details.dockerVersion());
    json.put("Author", details.author());
    json.put("Architecture", details.architecture());
    if (!details.variant().isEmpty()) {
      json.put("Variant", details.variant());
    }
    json.put("Os", details.os());
    json.put("Size", image.size());
    if (!version.atLeast(44)) {
      json.put("VirtualSize", image.size());
    }
    json.putObject("GraphDriver").put("Name", "overlay2").putNull("Data");
    ArrayNode layers = json.putObject("RootFS").put("Type", "layers").putArray("Layers");
    image.layers().forEach(layers::add);
    String tagged = details.lastTagged().map(Instant::toString).orElse("0001-01-01T00:00:00Z");
    json.putObject("Metadata").put("LastTagTime", tagged);
    json.set("Config", config(details.configuration().path("config"), version));
    return json;
  }

  private static ObjectNode config(JsonNode from, ApiVersion version) {
    ObjectNode json = Json.object();
    if (!version.atLeast(50)) {
      json.put("Hostname", "").put("Domainname", "").put("Image", "");
      FLAGS.forEach(flag -> json.put(flag, false));
    }
    for (String key : ALWAYS) {
      JsonNode value = from.path(key);
      if (value.isMissingNode() || value.isEmpty()) {
        json.putNull(key);
      } else {
        json.set(key, value);
      }
    }
    json.put("User", from.path("User").asString(""));
    json.put("WorkingDir", from.path("WorkingDir").asString(""));
    for (String key : WHEN_SET) {
      JsonNode value = from.path(key);
      if (!value.isMissingNode() && !value.isNull()) {
        json.set(key, value);
      }
    }
    return json;
  }

  /** A step of an image's history. */
  static ObjectNode history(HistoryEntry entry) {
    ObjectNode json = Json.object();
    json.put("Comment", entry.comment());
    json.put("Created", entry.created() == null ? 0 : entry.created().getEpochSecond());
    json.put("CreatedBy", entry.createdBy());
    json.put("Id", entry.id().isEmpty() ? "<missing>" : entry.id());
    json.put("Size", entry.size());
    if (entry.tags().isEmpty()) {
      json.putNull("Tags");
    } else {
      ArrayNode tags = json.putArray("Tags");
      entry.tags().forEach(tag -> tags.add(ImageNames.familiar(tag)));
    }
    return json;
  }

  /** What a removal took away. */
  static ArrayNode removals(List<Removal> removals) {
    ArrayNode array = Json.array();
    for (Removal removal : removals) {
      switch (removal) {
        case Removal.Untagged(String reference, String _) ->
            array.addObject().put("Untagged", ImageNames.familiar(reference));
        case Removal.Deleted(String id, boolean _) -> array.addObject().put("Deleted", id);
      }
    }
    return array;
  }
}
