package dev.mokha.cli.daemon;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlServer.Command;
import dev.mokha.engine.images.ComposeSpec;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.PullOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The control commands on a node's images. */
final class ImageCommands {
  private ImageCommands() {}

  static Map<String, Command> of(Images images) {
    return Map.of(
        "image.list",
        (request, progress) -> describe(images.list()),
        "image.pull",
        (request, progress) ->
            describe(
                images.pull(
                    text(request, "reference"), new PullOptions(List.of(), progress::update))),
        "image.import",
        (request, progress) ->
            describe(
                images.importArchive(
                    Path.of(text(request, "file")), text(request, "reference"), progress::update)),
        "image.export",
        (request, progress) -> {
          images.export(text(request, "reference"), Path.of(text(request, "file")));
          return Json.MAPPER.createObjectNode();
        },
        "image.compose",
        (request, progress) -> describe(images.compose(composeSpec(request), progress::update)),
        "image.remove",
        (request, progress) -> {
          ArrayNode gone = Json.MAPPER.createArrayNode();
          images.remove(text(request, "reference")).forEach(gone::add);
          return gone;
        });
  }

  private static ComposeSpec composeSpec(JsonNode request) {
    Map<String, Path> files = new LinkedHashMap<>();
    request
        .path("files")
        .properties()
        .forEach(e -> files.put(e.getKey(), Path.of(e.getValue().asString())));
    JsonNode c = request.path("config");
    Image.Config config =
        new Image.Config(
            strings(c, "env"),
            strings(c, "entrypoint"),
            strings(c, "cmd"),
            text(c, "workingDir"),
            text(c, "user"),
            strings(c, "exposedPorts"),
            List.of(),
            text(c, "stopSignal"),
            Map.of());
    return new ComposeSpec(
        text(request, "reference"),
        strings(request, "packages"),
        text(request, "suite"),
        files,
        config);
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  private static List<String> strings(JsonNode node, String field) {
    List<String> all = new ArrayList<>();
    node.path(field).forEach(n -> all.add(n.asString()));
    return all;
  }

  private static ArrayNode describe(List<Image> images) {
    ArrayNode all = Json.MAPPER.createArrayNode();
    images.forEach(image -> all.add(describe(image)));
    return all;
  }

  private static ObjectNode describe(Image image) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    ArrayNode references = node.putArray("references");
    image.references().forEach(references::add);
    return node.put("id", image.id())
        .put("size", image.size())
        .put("created", image.created().toString());
  }
}
