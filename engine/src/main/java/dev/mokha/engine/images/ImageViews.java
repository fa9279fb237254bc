package dev.mokha.engine.images;

import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is told of images: everything that only looks. */
final class ImageViews {
  private final ContentStore content;
  private final Layers layers;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final Supplier<ImageUse> use;

  ImageViews(
      ContentStore content,
      Layers layers,
      Leases leases,
      ImageDatabase database,
      ImageRecords records,
      Supplier<ImageUse> use) {
    this.content = content;
    this.layers = layers;
    this.leases = leases;
    this.database = database;
    this.records = records;
    this.use = use;
  }

  ImageDetails inspect(String reference) {
    return Failures.guarded(
        "inspect " + reference,
        () -> {
          ImageDatabase.State state = database.state();
          String id = id(state, reference);
          StoredImage stored = state.images().get(id);
          ObjectNode configuration = configuration(id);
          return new ImageDetails(
              ImageQueries.image(state, id),
              configuration,
              stored.manifest().isEmpty()
                  ? Optional.empty()
                  : Optional.of(manifest(stored, content)),
              stored.parent(),
              configuration.path("architecture").asString(""),
              configuration.path("variant").asString(""),
              configuration.path("os").asString(""),
              configuration.path("author").asString(""),
              comment(configuration),
              configuration.path("docker_version").asString(""),
              Optional.ofNullable(stored.tagged()),
              Snapshots.chainIds(stored.diffIds()));
        });
  }

  List<HistoryEntry> history(String reference) {
    return Failures.guarded(
        "read the history of " + reference,
        () -> {
          ImageDatabase.State state = database.state();
          String id = id(state, reference);
          List<Long> sizes = new ArrayList<>();
          for (String chainId : Snapshots.chainIds(state.images().get(id).diffIds())) {
            sizes.add(layers.size(chainId).orElse(0L));
          }
          return ImageQueries.history(state, id, configuration(id), sizes);
        });
  }

  List<LayerFiles> files(String reference) {
    return Failures.guarded(
        "list the files of " + reference,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = records.hold(reference, lease);
            List<String> makers = ImageQueries.layerSteps(configuration(image.id()));
            List<String> chain = Snapshots.chainIds(image.layers());
            List<LayerFiles> files = new ArrayList<>();
            for (int i = 0; i < chain.size(); i++) {
              List<LayerFiles.Entry> entries = new ArrayList<>();
              layers
                  .stack(chain.subList(i, chain.size()).reversed())
                  .visitLowest(
                      (path, bytes, visible) ->
                          entries.add(new LayerFiles.Entry("/" + path, bytes, visible)));
              files.add(
                  new LayerFiles(
                      image.layers().get(i), i < makers.size() ? makers.get(i) : "", entries));
            }
            return files;
          }
        });
  }

  ImageUsage usage() {
    return Failures.guarded(
        "measure images",
        () -> {
          ImageDatabase.State state = database.state();
          Map<String, Integer> owners = new HashMap<>();
          for (StoredImage image : state.images().values()) {
            Snapshots.chainIds(image.diffIds()).forEach(id -> owners.merge(id, 1, Integer::sum));
          }
          List<ImageUse.User> users = use.get().users();
          List<ImageUsage.Part> parts = new ArrayList<>();
          for (StoredImage image : state.images().values()) {
            long shared = 0;
            for (String chainId : Snapshots.chainIds(image.diffIds())) {
              if (owners.get(chainId) > 1) {
                shared += layers.size(chainId).orElse(0L);
              }
            }
            int containers =
                (int) users.stream().filter(user -> user.imageId().equals(image.id())).count();
            parts.add(
                new ImageUsage.Part(ImageQueries.image(state, image.id()), shared, containers));
          }
          return new ImageUsage(layers.usage(), content.usage(), parts);
        });
  }

  private static String id(ImageDatabase.State state, String reference) {
    return ImageQueries.findId(state, reference).orElseThrow(() -> Failures.missing(reference));
  }

  private ObjectNode configuration(String id) throws IOException {
    return ImageConfigs.tree(content.read(Digest.parse(id), ImageConfigs.MAX_BYTES));
  }

  /** What the makers said last: old images have it at the top, newer ones in their history. */
  private static String comment(ObjectNode configuration) {
    String own = configuration.path("comment").asString("");
    JsonNode history = configuration.path("history");
    return own.isEmpty() && !history.isEmpty()
        ? history.path(history.size() - 1).path("comment").asString("")
        : own;
  }

  static Descriptor manifest(StoredImage stored, ContentStore content) throws IOException {
    Digest digest = Digest.parse(stored.manifest());
    return Descriptor.of(stored.mediaType(), digest, content.size(digest));
  }
}
