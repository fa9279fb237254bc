package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts images on record: the last step of all that makes or brings one. */
final class ImageRecords {
  private static final Logger log = LoggerFactory.getLogger(ImageRecords.class);

  private final ContentStore content;
  private final Layers layers;
  private final ImageDatabase database;

  ImageRecords(ContentStore content, Layers layers, ImageDatabase database) {
    this.content = content;
    this.layers = layers;
    this.database = database;
  }

  /**
   * Unpacks an image whose blobs are all in the store, and puts it on record.
   *
   * @param descriptor of its manifest
   * @param documents the indexes it came by
   * @param names it gets, complete
   * @param digests names with digest it gets
   */
  Image register(
      Descriptor descriptor,
      List<Digest> documents,
      List<String> names,
      List<String> digests,
      Leases.Lease lease,
      Progress progress)
      throws IOException {
    Manifest parsed =
        Manifest.parse(
            content.read(descriptor.digest(), Manifest.MAX_BYTES), descriptor.mediaType());
    if (!(parsed instanceof Manifest.Single manifest)) {
      throw Failures.corrupt("Index " + descriptor.digest() + " names no image");
    }
    String id = manifest.config().digest().toString();
    ImageConfigs.Parsed config =
        ImageConfigs.parse(content.read(manifest.config().digest(), ImageConfigs.MAX_BYTES));
    if (config.diffIds().size() != manifest.layers().size()) {
      throw Failures.corrupt(
          "Image "
              + id
              + " has "
              + manifest.layers().size()
              + " layers and "
              + config.diffIds().size()
              + " diff ids");
    }
    List<StoredLayer> stored = new ArrayList<>();
    for (int i = 0; i < manifest.layers().size(); i++) {
      Descriptor layer = manifest.layers().get(i);
      stored.add(
          StoredLayer.of(
              config.diffIds().get(i),
              Descriptor.of(layer.mediaType(), layer.digest(), content.size(layer.digest()))));
    }
    long size = unpack(stored, lease, progress);
    return put(
        new StoredImage(
            id,
            descriptor.digest().toString(),
            manifest.mediaType(),
            documents.stream()
                .filter(digest -> !digest.equals(descriptor.digest()))
                .map(Digest::toString)
                .toList(),
            stored,
            size,
            config.created(),
            "",
            names.isEmpty() ? null : Instant.now(),
            config.config()),
        names,
        digests);
  }

  /** Leases all of an image. */
  Image hold(String reference, Leases.Lease lease) {
    String id =
        ImageQueries.findId(database.state(), reference)
            .orElseThrow(() -> Failures.missing(reference));
    StoredImage image = database.state().images().get(id);
    if (image != null) {
      image.blobs().forEach(lease::add);
      Snapshots.chainIds(image.diffIds()).forEach(lease::add);
    }
    ImageDatabase.State now = database.state(); // it may have gone before the lease held
    if (!now.images().containsKey(id)) {
      throw Failures.missing(reference);
    }
    return ImageQueries.image(now, id);
  }

  /** Unpacks layers that have archives; bytes of all their files. */
  long unpack(List<StoredLayer> stored, Leases.Lease lease, Progress progress) {
    List<Layers.Source> sources = new ArrayList<>();
    for (StoredLayer layer : stored) {
      Digest blob = Digest.parse(layer.blob());
      sources.add(
          new Layers.Source(
              layer.diffId(),
              () -> content.open(blob),
              layer.blob().equals(layer.diffId()),
              done -> progress.update(blob.brief(), "Unpacking", done, layer.size())));
    }
    long size = layers.unpack(sources, lease);
    for (StoredLayer layer : stored) {
      progress.update(Digest.parse(layer.blob()).brief(), "Complete", layer.size(), layer.size());
    }
    return size;
  }

  /** Puts an image on record whose layers were made here. */
  Image create(NewImage image, Leases.Lease lease) throws IOException {
    ObjectNode configuration = image.configuration().deepCopy();
    ObjectNode rootfs = configuration.putObject("rootfs");
    rootfs.put("type", "layers");
    ArrayNode diffIds = rootfs.putArray("diff_ids");
    image.diffIds().forEach(diffIds::add);
    byte[] bytes = JsonMapper.shared().writeValueAsBytes(configuration);
    ImageConfigs.Parsed config = ImageConfigs.parse(bytes);
    List<String> names =
        image.references().stream().map(name -> Reference.parse(name).tagged()).toList();

    List<String> chain = Snapshots.chainIds(image.diffIds());
    chain.forEach(lease::add);
    long size = 0;
    for (String chainId : chain) {
      size +=
          layers
              .size(chainId)
              .orElseThrow(
                  () ->
                      new EngineException(
                          EngineException.Code.NOT_FOUND,
                          "Layer " + chainId + " is not here any more; build again"));
    }
    lease.add(Digest.of(bytes));
    String id = content.write(bytes).toString();
    Map<String, StoredLayer> known = archived();
    List<StoredLayer> stored = new ArrayList<>();
    for (String diffId : image.diffIds()) {
      StoredLayer layer = known.getOrDefault(diffId, StoredLayer.local(diffId));
      if (!layer.blob().isEmpty()) {
        lease.add(layer.blob());
      }
      stored.add(layer);
    }
    return put(
        new StoredImage(
            id,
            "",
            "",
            List.of(),
            stored,
            size,
            config.created(),
            image.parent().equals(id) ? "" : image.parent(),
            names.isEmpty() ? null : Instant.now(),
            config.config()),
        names,
        List.of());
  }

  /** Layers that some image has an archive of, by diff id: one that is pushed needs it again. */
  Map<String, StoredLayer> archived() {
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
  StoredImage archive(String id, Leases.Lease lease, Progress progress) throws IOException {
    ImageDatabase.State state = database.state();
    StoredImage image = state.images().get(id);
    if (image == null) {
      throw Failures.missing(id);
    }
    boolean plain = image.layers().stream().anyMatch(ImageRecords::isPlain);
    boolean pulled = state.digests().containsValue(id);
    if (!image.manifest().isEmpty() && (pulled || !plain)) {
      return image;
    }
    Map<String, StoredLayer> known = archived();
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
          return new ImageDatabase.State(images, old.references(), old.digests());
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
      MessageDigest hash = Digest.newHash("sha256");
      try (OutputStream out = new DigestOutputStream(new LayerGzip(ingest), hash)) {
        if (layer.blob().isEmpty()) {
          layers.archive(chainId, out);
        } else {
          try (InputStream in = content.open(Digest.parse(layer.blob()))) {
            in.transferTo(out);
          }
        }
      }
      String diffId = Digest.finish("sha256", hash.digest()).toString();
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

  /**
   * Lets a layer do without a blob that is lost, when its directory makes the same archive.
   *
   * @return whether it does
   */
  boolean dropBlob(String diffId, String blob) throws IOException {
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
          return new ImageDatabase.State(images, old.references(), old.digests());
        });
    return true;
  }

  /** Adds a name with digest, once a registry has the image under it. */
  void digested(String id, String name) throws IOException {
    database.update(
        old -> {
          if (!old.images().containsKey(id)) {
            return old;
          }
          Map<String, String> digests = new HashMap<>(old.digests());
          digests.put(name, id);
          return new ImageDatabase.State(old.images(), old.references(), digests);
        });
  }

  private Image put(StoredImage image, List<String> names, List<String> digests)
      throws IOException {
    String id = image.id();
    layers.sync(Snapshots.chainIds(image.diffIds()));
    content.sync();
    ImageDatabase.State state =
        database.update(
            old -> {
              Map<String, StoredImage> images = new HashMap<>(old.images());
              images.merge(id, image, ImageRecords::merge);
              Map<String, String> references = new HashMap<>(old.references());
              names.forEach(name -> references.put(name, id));
              Map<String, String> byDigest = new HashMap<>(old.digests());
              digests.forEach(name -> byDigest.put(name, id));
              return new ImageDatabase.State(images, references, byDigest);
            });
    log.info("Image {} is here as {}", id, names.isEmpty() ? digests : names);
    return ImageQueries.image(state, id);
  }

  /** An image that is there already keeps what it had more of: its parent, its archives. */
  private static StoredImage merge(StoredImage old, StoredImage fresh) {
    boolean keeps = !old.manifest().isEmpty() && fresh.manifest().isEmpty();
    StoredImage base = keeps ? old : fresh;
    List<StoredLayer> layers = new ArrayList<>();
    for (int i = 0; i < base.layers().size(); i++) {
      StoredLayer layer = base.layers().get(i);
      layers.add(layer.blob().isEmpty() ? old.layers().get(i) : layer);
    }
    return new StoredImage(
        base.id(),
        base.manifest(),
        base.mediaType(),
        base.documents(),
        layers,
        base.size(),
        base.created(),
        old.parent().isEmpty() ? fresh.parent() : old.parent(),
        Optional.ofNullable(fresh.tagged()).orElse(old.tagged()),
        base.config());
  }
}
