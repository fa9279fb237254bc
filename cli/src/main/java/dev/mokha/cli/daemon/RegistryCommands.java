package dev.mokha.cli.daemon;

import dev.mokha.api.object.Json;
import dev.mokha.cli.UserError;
import dev.mokha.cli.control.ControlServer;
import dev.mokha.cli.control.ControlServer.Command;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.GarbageCollector;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.Reference;
import dev.mokha.registry.storage.RegistryBackup;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.Repository;
import dev.mokha.registry.storage.RepositoryName;
import dev.mokha.registry.storage.Tag;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The control commands on the cluster's registry. */
final class RegistryCommands {
  private RegistryCommands() {}

  /**
   * The commands.
   *
   * @param registry what was pushed; empty when the registry could not start
   */
  static Map<String, Command> of(Supplier<Optional<RegistryStorage>> registry) {
    return Map.of(
        "registry.list",
        (request, progress) -> list(started(registry), text(request, "repository")),
        "registry.gc",
        (request, progress) -> collect(started(registry), request),
        "registry.backup",
        (request, progress) -> backup(started(registry), request, progress),
        "registry.restore",
        (request, progress) -> restore(started(registry), request, progress),
        "registry.remove",
        (request, progress) -> remove(started(registry), text(request, "reference")));
  }

  private static RegistryStorage started(Supplier<Optional<RegistryStorage>> registry) {
    return registry
        .get()
        .orElseThrow(
            () -> new UserError("the registry does not run; mokha logs says why it did not start"));
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  private static ArrayNode list(RegistryStorage storage, String only) throws IOException {
    ArrayNode all = Json.MAPPER.createArrayNode();
    for (String name : storage.repositories("")) {
      if (!only.isEmpty() && !name.equals(only) && !name.startsWith(only + "/")) {
        continue;
      }
      Repository repository = storage.repository(new RepositoryName(name));
      ObjectNode entry = all.addObject().put("name", name);
      entry.put("manifests", repository.manifests().size());
      ArrayNode tags = entry.putArray("tags");
      for (String tag : repository.tags()) {
        Optional<Repository.Found> found = repository.find(new Tag(tag));
        if (found.isPresent()) {
          tags.addObject()
              .put("name", tag)
              .put("digest", found.get().digest().toString())
              .put("bytes", bytes(repository, found.get().digest(), 0));
        }
      }
    }
    return all;
  }

  /** What an image weighs with all that it leads to; of an index, all its images. */
  private static long bytes(Repository repository, Digest digest, int depth) throws IOException {
    Optional<Repository.Found> found = repository.find(digest);
    Optional<byte[]> content = found.isEmpty() ? Optional.empty() : repository.manifest(digest);
    if (content.isEmpty() || depth > 3) {
      return 0;
    }
    ManifestDocument document = ManifestDocument.parse(content.get(), found.get().mediaType());
    long sum = content.get().length;
    for (var blob : document.blobs()) {
      sum += Math.max(0, blob.size());
    }
    for (var manifest : document.manifests()) {
      sum += bytes(repository, manifest.digest(), depth + 1);
    }
    return sum;
  }

  private static ObjectNode collect(RegistryStorage storage, JsonNode request) throws IOException {
    GarbageCollector.Report report =
        storage
            .collector()
            .collect(
                new GarbageCollector.Options(
                    Duration.ofSeconds(request.path("graceSeconds").asLong(86400)),
                    request.path("untagged").asBoolean(false),
                    request.path("dryRun").asBoolean(false)));
    return Json.MAPPER
        .createObjectNode()
        .put("manifests", report.manifests())
        .put("links", report.links())
        .put("blobs", report.blobs())
        .put("bytes", report.bytes());
  }

  private static ObjectNode backup(
      RegistryStorage storage, JsonNode request, ControlServer.ProgressSink progress) {
    String directory = text(request, "directory");
    RegistryBackup backup = new RegistryBackup(Path.of(directory));
    try {
      ObjectNode answer =
          answer(backup.take(storage, (d, t) -> progress.update(directory, "copying", d, t)));
      return answer.put("freed", request.path("prune").asBoolean(false) ? backup.prune() : 0L);
    } catch (IOException e) {
      throw new UserError(e.getMessage());
    }
  }

  private static ObjectNode restore(
      RegistryStorage storage, JsonNode request, ControlServer.ProgressSink progress) {
    String directory = text(request, "directory");
    try {
      return answer(
          new RegistryBackup(Path.of(directory))
              .restore(storage, (d, t) -> progress.update(directory, "restoring", d, t)));
    } catch (IOException e) {
      throw new UserError(e.getMessage());
    }
  }

  private static ObjectNode answer(RegistryBackup.Report report) {
    return Json.MAPPER
        .createObjectNode()
        .put("repositories", report.repositories())
        .put("manifests", report.manifests())
        .put("tags", report.tags())
        .put("copied", report.copied())
        .put("bytes", report.bytes());
  }

  /** Removes NAME:TAG, NAME@DIGEST, or a whole repository. */
  private static ObjectNode remove(RegistryStorage storage, String text) throws IOException {
    try {
      int at = text.indexOf('@');
      int colon = text.lastIndexOf(':');
      ObjectNode answer = Json.MAPPER.createObjectNode();
      if (at < 0 && colon < 0) {
        storage.deleteRepository(RepositoryName.parse(text));
        return answer.put("removed", text);
      }
      int end = at >= 0 ? at : colon;
      Repository repository = storage.repository(RepositoryName.parse(text.substring(0, end)));
      switch (Reference.parse(text.substring(end + 1))) {
        case Digest digest -> repository.deleteManifest(digest);
        case Tag tag -> repository.deleteTag(tag);
      }
      return answer.put("removed", text);
    } catch (RegistryException e) {
      throw new UserError(e.getMessage());
    }
  }
}
