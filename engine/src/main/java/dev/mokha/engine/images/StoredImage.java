package dev.mokha.engine.images;

import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An image as it is on record.
 *
 * @param id digest of its configuration
 * @param manifest digest of its manifest; empty for one made here that was never pushed
 * @param mediaType of the manifest
 * @param documents digests of the indexes it came by
 * @param layers lowest first
 * @param size bytes of its unpacked layers
 * @param created when it was made
 * @param parent id of the image it was made from here; empty for none
 * @param tagged when it last got a name; null before
 * @param config how its containers run
 */
record StoredImage(
    String id,
    String manifest,
    String mediaType,
    List<String> documents,
    List<StoredLayer> layers,
    long size,
    Instant created,
    String parent,
    Instant tagged,
    Image.Config config) {
  StoredImage {
    documents = List.copyOf(documents);
    layers = List.copyOf(layers);
  }

  /**
   * A layer as it is on record.
   *
   * @param diffId digest of its plain tar
   * @param blob digest of its archive in the content store; empty when its directory is all there
   *     is of it
   * @param mediaType of the blob
   * @param size of the blob, in bytes
   */
  record StoredLayer(String diffId, String blob, String mediaType, long size) {
    /** A layer that was made here. */
    static StoredLayer local(String diffId) {
      return new StoredLayer(diffId, "", "", 0);
    }

    /** A layer that has an archive. */
    static StoredLayer of(String diffId, Descriptor blob) {
      return new StoredLayer(diffId, blob.digest().toString(), blob.mediaType(), blob.size());
    }

    Optional<Descriptor> descriptor() {
      return blob.isEmpty()
          ? Optional.empty()
          : Optional.of(Descriptor.of(mediaType, Digest.parse(blob), size));
    }
  }

  List<String> diffIds() {
    return layers.stream().map(StoredLayer::diffId).toList();
  }

  /** Every blob it needs: indexes, manifest, configuration, layers. */
  Set<String> blobs() {
    Set<String> blobs = new LinkedHashSet<>(documents);
    if (!manifest.isEmpty()) {
      blobs.add(manifest);
    }
    blobs.add(id);
    for (StoredLayer layer : layers) {
      if (!layer.blob().isEmpty()) {
        blobs.add(layer.blob());
      }
    }
    return blobs;
  }

  /** The same with a layer whose blob is lost; with it goes the manifest, which names the blob. */
  StoredImage without(String blob) {
    if (layers.stream().noneMatch(layer -> layer.blob().equals(blob))) {
      return this;
    }
    return new StoredImage(
        id,
        "",
        "",
        List.of(),
        layers.stream()
            .map(layer -> layer.blob().equals(blob) ? StoredLayer.local(layer.diffId()) : layer)
            .toList(),
        size,
        created,
        parent,
        tagged,
        config);
  }

  StoredImage taggedAt(Instant at) {
    return new StoredImage(
        id, manifest, mediaType, documents, layers, size, created, parent, at, config);
  }
}
