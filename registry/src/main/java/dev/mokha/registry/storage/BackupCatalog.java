package dev.mokha.registry.storage;

import dev.mokha.api.object.Json;
import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What repositories a registry had when a backup was taken.
 *
 * @param created when
 * @param repositories by name
 */
record BackupCatalog(Instant created, Map<String, Repository> repositories) {
  /** A manifest, which is a blob of the backup. */
  record Manifest(Digest digest, String mediaType) {}

  /** A repository, and what its tags stand for. */
  record Repository(List<Manifest> manifests, Map<String, Digest> tags) {}

  byte[] bytes() {
    ObjectNode tree = Json.MAPPER.createObjectNode().put("created", created.toString());
    ObjectNode all = tree.putObject("repositories");
    repositories.forEach(
        (name, content) -> {
          ObjectNode repository = all.putObject(name);
          ArrayNode manifests = repository.putArray("manifests");
          for (Manifest manifest : content.manifests()) {
            manifests
                .addObject()
                .put("digest", manifest.digest().toString())
                .put("mediaType", manifest.mediaType());
          }
          ObjectNode tags = repository.putObject("tags");
          content.tags().forEach((tag, digest) -> tags.put(tag, digest.toString()));
        });
    return Json.bytes(tree);
  }

  /**
   * Reads one.
   *
   * @throws IOException with one sentence when there is none, or it is not what was written
   */
  static BackupCatalog read(Path file) throws IOException {
    try {
      JsonNode tree = Json.MAPPER.readTree(Files.readAllBytes(file));
      Map<String, Repository> repositories = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : tree.path("repositories").properties()) {
        // A name that is none could lead out of the registry's directory.
        repositories.put(
            RepositoryName.parse(entry.getKey()).value(), repository(entry.getValue()));
      }
      return new BackupCatalog(Instant.parse(tree.path("created").asString("")), repositories);
    } catch (NoSuchFileException e) {
      throw new IOException("the backup in " + file.getParent() + " was never finished", e);
    } catch (JacksonException | RegistryException | DateTimeException e) {
      throw new IOException(file + " is not what a backup has written: " + e.getMessage(), e);
    }
  }

  private static Repository repository(JsonNode tree) {
    List<Manifest> manifests = new ArrayList<>();
    for (JsonNode manifest : tree.path("manifests")) {
      manifests.add(
          new Manifest(
              Digest.parse(manifest.path("digest").asString("")),
              manifest.path("mediaType").asString("")));
    }
    Map<String, Digest> tags = new TreeMap<>();
    for (Map.Entry<String, JsonNode> tag : tree.path("tags").properties()) {
      tags.put(Tag.parse(tag.getKey()).name(), Digest.parse(tag.getValue().asString("")));
    }
    return new Repository(manifests, tags);
  }
}
