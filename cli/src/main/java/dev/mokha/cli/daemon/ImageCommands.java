package dev.mokha.cli.daemon;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlServer.Command;
import dev.mokha.engine.Engine;
import dev.mokha.engine.images.ComposeSpec;
import dev.mokha.engine.images.Finding;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Pushed;
import dev.mokha.engine.slim.ImageSlim;
import dev.mokha.engine.slim.SlimReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The control commands on a node's images. */
final class ImageCommands {
  private ImageCommands() {}

  static Map<String, Command> of(Engine engine) {
    Images images = engine.images();
    RegistryIdentity identity = new RegistryIdentity();
    Map<String, Command> commands = new HashMap<>(basic(images, identity));
    commands.put(
        "image.push",
        (request, progress) ->
            describe(
                images.push(
                    text(request, "reference"),
                    identity.options(text(request, "kubeconfig"), progress::update))));
    commands.put(
        "image.check",
        (request, progress) -> {
          ArrayNode found = Json.MAPPER.createArrayNode();
          images
              .check(request.path("repair").asBoolean(false), progress::update)
              .forEach(finding -> found.add(describe(finding)));
          return found;
        });
    commands.put(
        "image.slim",
        (request, progress) -> {
          String reference = text(request, "reference");
          progress.update(reference, "Running", 0, -1);
          return describe(
              new ImageSlim(images, engine.containers())
                  .run(
                      reference,
                      strings(request, "run"),
                      Duration.ofSeconds(request.path("seconds").asLong(10))),
              request.path("files").asInt(10));
        });
    return commands;
  }

  private static ObjectNode describe(Pushed pushed) {
    return Json.MAPPER
        .createObjectNode()
        .put("reference", pushed.reference())
        .put("digest", pushed.digest());
  }

  private static ObjectNode describe(Finding finding) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    ArrayNode owners = node.putArray("images");
    finding.images().forEach(owners::add);
    return node.put("subject", finding.subject())
        .put("problem", finding.problem())
        .put("repaired", finding.repaired())
        .put("remedy", finding.remedy());
  }

  private static ObjectNode describe(SlimReport report, int files) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("seconds", report.watched().toMillis() / 1000.0).put("exitCode", report.exitCode());
    ArrayNode layers = node.putArray("layers");
    for (SlimReport.LayerUse layer : report.layers()) {
      ObjectNode one =
          layers
              .addObject()
              .put("diffId", layer.diffId())
              .put("createdBy", layer.createdBy())
              .put("bytes", layer.bytes())
              .put("files", layer.files())
              .put("openedBytes", layer.openedBytes())
              .put("openedFiles", layer.openedFiles())
              .put("hiddenBytes", layer.hiddenBytes())
              .put("unusedBytes", layer.unusedBytes())
              .put("unusedFiles", layer.unused().size());
      ArrayNode unused = one.putArray("unused");
      layer.unused().stream()
          .limit(files)
          .forEach(f -> unused.addObject().put("path", f.path()).put("bytes", f.bytes()));
    }
    return node;
  }

  private static Map<String, Command> basic(Images images, RegistryIdentity identity) {
    return Map.of(
        "image.list",
        (request, progress) -> describe(images.list()),
        "image.pull",
        (request, progress) ->
            describe(
                images.pull(
                    text(request, "reference"),
                    identity.options(text(request, "kubeconfig"), progress::update))),
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
