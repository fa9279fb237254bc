package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.images.StoredImage.StoredLayer;
import dev.mokha.engine.registry.ImagePuller;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Verifies what images are made of: every blob by its digest, every unpacked layer against its
 * archive, or against its diff id when it was made here. Repairs a blob from the registry that its
 * image came from or from the layer's own directory, and a layer from its blob.
 */
final class ImageCheck {
  private final ContentStore content;
  private final Layers layers;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final LayerArchives archives;
  private final ImagePuller puller;
  private final Supplier<ImageUse> use;
  private final List<Finding> findings = new ArrayList<>();

  ImageCheck(
      ContentStore content,
      Layers layers,
      ImageDatabase database,
      ImageRecords records,
      LayerArchives archives,
      ImagePuller puller,
      Supplier<ImageUse> use) {
    this.content = content;
    this.layers = layers;
    this.database = database;
    this.records = records;
    this.archives = archives;
    this.puller = puller;
    this.use = use;
  }

  /** A blob to look at: what it is, and who needs it. */
  private record Needed(Descriptor descriptor, boolean document, String diffId, List<String> ids) {}

  List<Finding> run(boolean repair, Leases.Lease lease, Progress progress) throws IOException {
    ImageDatabase.State state = database.state();
    for (StoredImage image : state.images().values()) {
      image.blobs().forEach(lease::add);
      Snapshots.chainIds(image.diffIds()).forEach(lease::add);
    }
    checkNames(state);
    Set<String> damaged = checkBlobs(database.state(), repair, lease, progress);
    content.sync();
    checkLayers(database.state(), damaged, repair, progress);
    return findings;
  }

  private void checkNames(ImageDatabase.State state) {
    for (Map<String, String> names : List.of(state.references(), state.digests())) {
      names.forEach(
          (name, id) -> {
            if (!state.images().containsKey(id)) {
              findings.add(
                  new Finding(
                      Finding.Kind.RECORD,
                      name,
                      List.of(id),
                      name + " stands for an image that is not on record",
                      false,
                      "pull or load it again"));
            }
          });
    }
  }

  // --- Blobs ---

  private Set<String> checkBlobs(
      ImageDatabase.State state, boolean repair, Leases.Lease lease, Progress progress)
      throws IOException {
    Map<String, Needed> needed = new LinkedHashMap<>();
    for (StoredImage image : state.images().values()) {
      image.documents().forEach(document -> need(needed, document, true, image));
      if (!image.manifest().isEmpty()) {
        need(needed, image.manifest(), true, image);
      }
      need(needed, image.id(), false, image);
      for (StoredLayer layer : image.layers()) {
        layer
            .descriptor()
            .ifPresent(
                blob ->
                    needed
                        .computeIfAbsent(
                            layer.blob(),
                            digest -> new Needed(blob, false, layer.diffId(), new ArrayList<>()))
                        .ids()
                        .add(image.id()));
      }
    }
    Set<String> damaged = new HashSet<>();
    long done = 0;
    for (Needed blob : needed.values()) {
      Digest digest = blob.descriptor().digest();
      progress.update("blobs", "Checking", ++done, needed.size());
      Optional<String> problem = content.verify(digest);
      if (problem.isEmpty()) {
        continue;
      }
      Optional<String> remedy = repair ? repair(blob, state, lease) : Optional.empty();
      if (remedy.isEmpty()) {
        damaged.add(digest.toString());
      }
      findings.add(
          new Finding(
              Finding.Kind.BLOB,
              digest.toString(),
              blob.ids().stream().distinct().toList(),
              "Blob " + digest + " is damaged: " + problem.get(),
              remedy.isPresent(),
              remedy.orElse(
                  repair
                      ? "no registry gives it; pull, load or build its image again"
                      : "run mokha image check --repair")));
    }
    return damaged;
  }

  private static void need(
      Map<String, Needed> needed, String digest, boolean document, StoredImage image) {
    needed
        .computeIfAbsent(
            digest,
            d ->
                new Needed(Descriptor.of("", Digest.parse(d), -1), document, "", new ArrayList<>()))
        .ids()
        .add(image.id());
  }

  /** What was done to have a blob again; empty when nothing helped. */
  private Optional<String> repair(Needed blob, ImageDatabase.State state, Leases.Lease lease)
      throws IOException {
    Digest digest = blob.descriptor().digest();
    content.discard(digest);
    Set<String> asked = new HashSet<>();
    for (Map.Entry<String, String> name : state.digests().entrySet()) {
      if (blob.ids().contains(name.getValue()) && asked.add(name.getKey().split("@", -1)[0])) {
        try {
          puller.fetch(Reference.parse(name.getKey()), blob.descriptor(), blob.document(), lease);
          if (content.verify(digest).isEmpty()) {
            return Optional.of("fetched again from " + Reference.parse(name.getKey()).name());
          }
        } catch (EngineException e) {
          continue; // the next one may have it
        }
      }
    }
    if (!blob.diffId().isEmpty() && archives.forget(blob.diffId(), digest.toString())) {
      return Optional.of("its layer's directory is whole and takes its place");
    }
    return Optional.empty();
  }

  // --- Layers ---

  private void checkLayers(
      ImageDatabase.State state, Set<String> damaged, boolean repair, Progress progress)
      throws IOException {
    Map<String, List<String>> owners = new LinkedHashMap<>();
    for (StoredImage image : state.images().values()) {
      Snapshots.chainIds(image.diffIds())
          .forEach(id -> owners.computeIfAbsent(id, k -> new ArrayList<>()).add(image.id()));
    }
    Set<String> seen = new HashSet<>();
    // A layer made here has an archive once an image with it was pushed, be it another image.
    Map<String, StoredLayer> archived = archives.known();
    for (StoredImage image : state.images().values()) {
      List<String> chain = Snapshots.chainIds(image.diffIds());
      for (int i = 0; i < chain.size(); i++) {
        if (seen.add(chain.get(i))) {
          progress.update("layers", "Checking", seen.size(), owners.size());
          checkLayer(
              archived.getOrDefault(image.layers().get(i).diffId(), image.layers().get(i)),
              image.diffIds().subList(0, i + 1),
              owners.get(chain.get(i)),
              damaged,
              repair);
        }
      }
    }
  }

  private void checkLayer(
      StoredLayer layer,
      List<String> diffIds,
      List<String> owners,
      Set<String> damaged,
      boolean repair)
      throws IOException {
    String chainId = Snapshots.chainIds(diffIds).getLast();
    boolean archived = !layer.blob().isEmpty();
    if (archived && damaged.contains(layer.blob())) {
      return; // nothing to compare it with, and the blob is reported
    }
    boolean busy =
        use.get().users().stream()
            .anyMatch(
                user -> user.running() && Snapshots.chainIds(user.diffIds()).contains(chainId));
    Optional<Layers.Source> source =
        archived
            ? Optional.of(
                new Layers.Source(
                    layer.diffId(), () -> content.open(Digest.parse(layer.blob())), done -> {}))
            : Optional.empty();
    Optional<String> problem;
    try {
      problem = layers.verify(source, diffIds, repair && !busy);
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.NO_SPACE) {
        throw e; // says nothing of the layer
      }
      problem = Optional.of(e.getMessage());
      source = Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "The check was interrupted", e);
    }
    if (problem.isEmpty()) {
      return;
    }
    boolean repaired = repair && !busy && source.isPresent();
    String remedy;
    if (repaired) {
      remedy = "unpacked again";
    } else if (source.isEmpty()) {
      remedy =
          "it was made here and never pushed, so there is no archive of it; build or load its image"
              + " again";
    } else if (repair) {
      remedy = "a running container uses it; stop that and check again";
    } else {
      remedy = "run mokha image check --repair";
    }
    findings.add(
        new Finding(
            Finding.Kind.LAYER,
            chainId,
            owners.stream().distinct().toList(),
            "Layer " + chainId + " is damaged: " + problem.get(),
            repaired,
            remedy));
  }
}
