package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Ingest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.StoredImage.StoredLayer;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The archives of images' layers. A layer that was made here has none: its directory is all there
 * is of it, until a registry wants the image.
 */
final class LayerArchives {
  private final ContentStore content;
  private final Layers layers;
  private final ImageDatabase database;

  LayerArchives(ContentStore content, Layers layers, ImageDatabase database) {
    this.content = requireNonNull(content, "content");
    this.layers = requireNonNull(layers, "layers");
    this.database = requireNonNull(database, "database");
  }

  /** Layers that some image has an archive of, by diff id: one that is pushed needs it again. */
  Map<String, StoredLayer> known() {
    Map<String, StoredLayer> known = new HashMap<>();
    for (StoredImage image : database.state().images().values()) {
      for (StoredLayer layer : image.layers()) {
        if (!layer.blob().isEmpty()) {
          known.putIfAbsent(layer.diffId(), layer);
        }
      }
    }
    return known;
  }

  /**
   * Gives an image what a registry wants of it: a manifest, and a compressed archive of each layer.
   * One that came from a registry keeps its own.
   */
  StoredImage complete(String id, Leases.Lease lease, Progress progress) throws IOException {
    ImageDatabase.State state = database.state();
    StoredImage image = state.images().get(id);
    if (image == null) {
      throw Failures.missing(id);
    }
    boolean plain = image.layers().stream().anyMatch(LayerArchives::isPlain);
    boolean pulled = state.digests().containsValue(id);
    if (!image.manifest().isEmpty() && (pulled || !plain)) {
      return image;
    }
    Map<String, StoredLayer> known = known();
    List<String> chain = Snapshots.chainIds(image.diffIds());
    List<StoredLayer> stored = new ArrayList<>();
    List<Descriptor> descriptors = new ArrayList<>();
    for (int i = 0; i < chain.size(); i++) {
      StoredLayer layer = known.getOrDefault(image.layers().get(i).diffId(), image.layers().get(i));
      if (!layer.blob().isEmpty()) {
        lease.add(layer.blob());
      }
      if (isPlain(layer) || !content.contains(Digest.parse(layer.blob()))) {
        layer = compress(layer, chain.get(i), lease, progress);
      }
      stored.add(layer);
      descriptors.add(layer.descriptor().orElseThrow());
    }
    Digest config = Digest.parse(id);
    byte[] manifest = Manifest.write(config, content.size(config), descriptors);
    lease.add(Digest.of(manifest));
    String digest = content.write(manifest).toString();
    StoredImage made =
        new StoredImage(
            id,
            digest,
            MediaTypes.OCI_MANIFEST,
            List.of(),
            stored,
            image.size(),
            image.created(),
            image.parent(),
            image.tagged(),
            image.config());
    content.sync();
    database.update(
        old -> {
          Map<String, StoredImage> images = new HashMap<>(old.images());
          images.replace(id, made);
          return old.with(images, old.references(), old.digests());
        });
    return made;
  }

  private static boolean isPlain(StoredLayer layer) {
    return layer.blob().isEmpty() || layer.mediaType().equals(MediaTypes.OCI_LAYER);
  }

  private StoredLayer compress(
      StoredLayer layer, String chainId, Leases.Lease lease, Progress progress) throws IOException {
    String title = Digest.parse(layer.diffId()).brief();
    progress.update(title, "Preparing", 0, -1);
    try (Ingest ingest = content.ingest()) {
      String diffId;
      try (OutputStream gzip = new LayerGzip(ingest)) {
        diffId =
            layer.blob().isEmpty()
                ? layers.archive(chainId, gzip)
                : copied(Digest.parse(layer.blob()), gzip);
      }
      if (!diffId.equals(layer.diffId())) {
        throw Failures.corrupt(
            "Layer "
                + layer.diffId()
                + " is damaged on this machine's disk; run mokha image check");
      }
      long size = ingest.offset();
      Digest blob = ingest.commit(-1);
      lease.add(blob);
      return StoredLayer.of(layer.diffId(), Descriptor.of(MediaTypes.OCI_LAYER_GZIP, blob, size));
    }
  }

  /** Writes a blob, and tells the digest of what is there. */
  private String copied(Digest blob, OutputStream out) throws IOException {
    MessageDigest hash = Digest.newHash("sha256");
    try (InputStream in = content.open(blob);
        OutputStream hashing = new DigestOutputStream(out, hash)) {
      in.transferTo(hashing);
    }
    return Digest.finish("sha256", hash.digest()).toString();
  }

  /**
   * Lets a layer do without a blob that is lost, when its directory makes the same archive.
   *
   * @return whether it does
   */
  boolean forget(String diffId, String blob) throws IOException {
    for (StoredImage image : database.state().images().values()) {
      List<String> chain = Snapshots.chainIds(image.diffIds());
      for (int i = 0; i < chain.size(); i++) {
        if (image.layers().get(i).blob().equals(blob)
            && !(layers.contains(chain.get(i))
                && layers.archive(chain.get(i), OutputStream.nullOutputStream()).equals(diffId))) {
          return false;
        }
      }
    }
    database.update(
        old -> {
          Map<String, StoredImage> images = new HashMap<>(old.images());
          images.replaceAll((id, image) -> image.without(blob));
          return old.with(images, old.references(), old.digests());
        });
    return true;
  }
}
