package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.StoredImage.StoredLayer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads image lists of format 1. They name an image's blobs in one list, and every image has a
 * manifest; which blob is which layer's, the manifest says.
 */
final class FormatOne {
  private static final Logger log = LoggerFactory.getLogger(FormatOne.class);

  private record Old(
      String id,
      String manifest,
      String mediaType,
      List<String> blobs,
      long size,
      Instant created,
      List<String> diffIds,
      Image.Config config) {}

  private FormatOne() {}

  static ImageDatabase.State upgrade(JsonNode root, ContentStore content, JsonMapper json) {
    Map<String, StoredImage> images = new LinkedHashMap<>();
    for (JsonNode node : root.path("images")) {
      Old old = json.treeToValue(node, Old.class);
      images.put(old.id(), upgrade(old, content));
    }
    return new ImageDatabase.State(
        ImageDatabase.FORMAT,
        images,
        names(root.path("references")),
        names(root.path("digests")),
        null);
  }

  private static Map<String, String> names(JsonNode node) {
    Map<String, String> names = new LinkedHashMap<>();
    node.properties().forEach(entry -> names.put(entry.getKey(), entry.getValue().asString()));
    return names;
  }

  private static StoredImage upgrade(Old old, ContentStore content) {
    List<StoredLayer> layers = new ArrayList<>();
    try {
      byte[] bytes = content.read(Digest.parse(old.manifest()), Manifest.MAX_BYTES);
      Manifest manifest = Manifest.parse(bytes, old.mediaType());
      if (manifest instanceof Manifest.Single single
          && single.layers().size() == old.diffIds().size()) {
        for (int i = 0; i < old.diffIds().size(); i++) {
          layers.add(StoredLayer.of(old.diffIds().get(i), single.layers().get(i)));
        }
      }
    } catch (IOException | EngineException e) {
      log.warn(
          "The manifest of image {} is lost, its layers are not: {}", old.id(), e.getMessage());
    }
    if (layers.isEmpty()) {
      old.diffIds().forEach(diffId -> layers.add(StoredLayer.local(diffId)));
    }
    List<String> documents = new ArrayList<>(old.blobs());
    documents.removeIf(
        blob ->
            blob.equals(old.id())
                || blob.equals(old.manifest())
                || layers.stream().anyMatch(layer -> layer.blob().equals(blob)));
    return new StoredImage(
        old.id(),
        old.manifest(),
        old.mediaType(),
        documents,
        layers,
        old.size(),
        old.created(),
        "",
        null,
        old.config());
  }
}
