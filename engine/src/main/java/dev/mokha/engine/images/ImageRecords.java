package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.StoredImage.StoredLayer;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
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
  private final LayerArchives archives;

  ImageRecords(
      ContentStore content, Layers layers, ImageDatabase database, LayerArchives archives) {
    this.content = requireNonNull(content, "content");
    this.layers = requireNonNull(layers, "layers");
    this.database = requireNonNull(database, "database");
    this.archives = requireNonNull(archives, "archives");
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
      Origin origin,
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
        origin);
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
    Map<String, StoredLayer> known = archives.known();
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
        new Origin.Made());
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
          return old.with(old.images(), old.references(), digests);
        });
  }

  private Image put(StoredImage image, List<String> names, Origin origin) throws IOException {
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
              if (origin instanceof Origin.Pulled pulled) {
                byDigest.put(pulled.name(), id);
              }
              ImageDatabase.State next = old.with(images, references, byDigest);
              return switch (origin) {
                case Origin.Pulled pulled -> next.pulled(id, pulled.name(), pulled.proof());
                case Origin.Loaded _ -> next.loaded(id);
                case Origin.Made _ -> next;
              };
            });
    log.info("Image {} is here as {}", id, names.isEmpty() ? origin : names);
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
