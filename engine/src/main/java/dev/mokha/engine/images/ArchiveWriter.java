package dev.mokha.engine.images;

import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.StoredImage.StoredLayer;
import dev.mokha.engine.snapshots.Layers;
import dev.mokha.engine.snapshots.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes images as an OCI layout in a tar (OCI image spec, section layout), with a manifest.json
 * and a repositories file beside it that say the same to {@code docker load}, old and new. A layer
 * with an archive goes out as that; one made here, as a plain tar.
 */
final class ArchiveWriter {
  private final ContentStore content;
  private final Layers layers;
  private final Map<Digest, Body> blobs = new LinkedHashMap<>();
  private final ArrayNode index = JsonMapper.shared().createArrayNode();
  private final ArrayNode manifests = JsonMapper.shared().createArrayNode();
  private final ObjectNode repositories = JsonMapper.shared().createObjectNode();

  /** What a file of the archive consists of. */
  private record Body(long size, Source source) {}

  @FunctionalInterface
  private interface Source {
    void write(OutputStream out) throws IOException;
  }

  ArchiveWriter(ContentStore content, Layers layers) {
    this.content = content;
    this.layers = layers;
  }

  /**
   * Names an image to write.
   *
   * @param references the names it has in the archive, complete
   */
  void add(StoredImage image, List<String> references) throws IOException {
    Digest config = Digest.parse(image.id());
    addStored(config);
    List<Descriptor> descriptors = new ArrayList<>();
    List<String> chain = Snapshots.chainIds(image.diffIds());
    for (int i = 0; i < chain.size(); i++) {
      StoredLayer layer = image.layers().get(i);
      if (layer.descriptor().isPresent()) {
        addStored(Digest.parse(layer.blob()));
        descriptors.add(layer.descriptor().get());
      } else {
        descriptors.add(addMade(Digest.parse(layer.diffId()), chain.get(i)));
      }
    }
    Descriptor manifest = manifest(image, config, descriptors);
    for (String reference : references.isEmpty() ? List.of("") : references) {
      int tag = reference.lastIndexOf(':');
      Map<String, String> notes =
          reference.isEmpty()
              ? Map.of()
              : Map.of(
                  "io.containerd.image.name",
                  reference,
                  "org.opencontainers.image.ref.name",
                  reference.substring(tag + 1));
      index.add(
          new Descriptor(
                  manifest.mediaType(), manifest.digest(), manifest.size(), "", "", "", notes)
              .toJson());
    }
    addDockers(config, descriptors, references, image);
  }

  private Descriptor manifest(StoredImage image, Digest config, List<Descriptor> descriptors)
      throws IOException {
    if (!image.manifest().isEmpty()) {
      Digest digest = Digest.parse(image.manifest());
      addStored(digest);
      return Descriptor.of(image.mediaType(), digest, content.size(digest));
    }
    byte[] bytes = Manifest.write(config, content.size(config), descriptors);
    Digest digest = Digest.of(bytes);
    blobs.put(digest, new Body(bytes.length, out -> out.write(bytes)));
    return Descriptor.of(MediaTypes.OCI_MANIFEST, digest, bytes.length);
  }

  private void addStored(Digest digest) throws IOException {
    blobs.put(
        digest,
        new Body(
            content.size(digest),
            out -> {
              try (InputStream in = content.open(digest)) {
                in.transferTo(out);
              }
            }));
  }

  private Descriptor addMade(Digest diffId, String chainId) throws IOException {
    long length = layers.archiveLength(chainId);
    blobs.put(
        diffId,
        new Body(
            length,
            out -> {
              String written = layers.archive(chainId, out);
              if (!written.equals(diffId.toString())) {
                throw Failures.corrupt(
                    "Layer "
                        + diffId
                        + " is damaged on this machine's disk; build or load its image again");
              }
            }));
    return Descriptor.of(MediaTypes.OCI_LAYER, diffId, length);
  }

  private void addDockers(
      Digest config, List<Descriptor> descriptors, List<String> references, StoredImage image) {
    ObjectNode entry = manifests.addObject();
    entry.put("Config", path(config));
    if (references.isEmpty()) {
      entry.putNull("RepoTags");
    } else {
      ArrayNode tags = entry.putArray("RepoTags");
      references.forEach(reference -> tags.add(Reference.familiar(reference)));
    }
    ArrayNode paths = entry.putArray("Layers");
    descriptors.forEach(layer -> paths.add(path(layer.digest())));
    ObjectNode sources = entry.putObject("LayerSources");
    for (int i = 0; i < descriptors.size(); i++) {
      sources.set(image.layers().get(i).diffId(), descriptors.get(i).toJson());
    }
    for (String reference : references) {
      String familiar = Reference.familiar(reference);
      int colon = familiar.lastIndexOf(':');
      if (!descriptors.isEmpty()) {
        repositories
            .withObjectProperty(familiar.substring(0, colon))
            .put(familiar.substring(colon + 1), descriptors.getLast().digest().hex());
      }
    }
  }

  /** Writes all of them; the stream is not closed. */
  void write(OutputStream out) throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, 10240, 512);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    put(
        tar,
        "oci-layout",
        "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
    ObjectNode top = JsonMapper.shared().createObjectNode();
    top.put("schemaVersion", 2);
    top.put("mediaType", MediaTypes.OCI_INDEX);
    top.set("manifests", index);
    put(tar, "index.json", JsonMapper.shared().writeValueAsBytes(top));
    put(tar, "manifest.json", JsonMapper.shared().writeValueAsBytes(manifests));
    if (!repositories.isEmpty()) {
      put(tar, "repositories", JsonMapper.shared().writeValueAsBytes(repositories));
    }
    for (Map.Entry<Digest, Body> blob : blobs.entrySet()) {
      begin(tar, path(blob.getKey()), blob.getValue().size());
      blob.getValue().source().write(tar);
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private static void begin(TarArchiveOutputStream tar, String name, long size) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setModTime(0);
    tar.putArchiveEntry(entry);
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    begin(tar, name, bytes.length);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }
}
