package dev.mokha.engine.images;

import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an image as an OCI layout in a tar (OCI image spec, section layout), with a manifest.json
 * beside it that says the same to {@code docker load}.
 */
final class ArchiveWriter {
  private final ContentStore content;

  ArchiveWriter(ContentStore content) {
    this.content = content;
  }

  void write(StoredImage image, List<String> references, Path archive) throws IOException {
    Digest manifestDigest = Digest.parse(image.manifest());
    byte[] bytes = content.read(manifestDigest, Manifest.MAX_BYTES);
    if (!(Manifest.parse(bytes, image.mediaType()) instanceof Manifest.Single manifest)) {
      throw new IllegalStateException(image.manifest() + " is no single image");
    }
    Path temporary = archive.resolveSibling(archive.getFileName() + ".part");
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(
            new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16))) {
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      put(
          tar,
          "oci-layout",
          "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
      put(tar, "index.json", index(manifestDigest, bytes.length, manifest, references));
      put(tar, "manifest.json", dockerManifest(manifest, references));
      Set<Digest> blobs = new LinkedHashSet<>();
      blobs.add(manifestDigest);
      blobs.add(manifest.config().digest());
      manifest.layers().forEach(layer -> blobs.add(layer.digest()));
      for (Digest blob : blobs) {
        TarArchiveEntry entry = new TarArchiveEntry(path(blob));
        entry.setSize(content.size(blob));
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        try (InputStream in = content.open(blob)) {
          in.transferTo(tar);
        }
        tar.closeArchiveEntry();
      }
      tar.finish();
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(
        temporary, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    entry.setModTime(0);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static byte[] index(
      Digest digest, long size, Manifest.Single manifest, List<String> references) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("schemaVersion", 2);
    root.put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode manifests = root.putArray("manifests");
    for (String reference : references.isEmpty() ? List.of("") : references) {
      int tag = reference.lastIndexOf(':');
      Map<String, String> notes =
          reference.isEmpty()
              ? Map.of()
              : Map.of(
                  "io.containerd.image.name",
                  reference,
                  "org.opencontainers.image.ref.name",
                  references.size() == 1 ? reference.substring(tag + 1) : reference);
      manifests.add(new Descriptor(manifest.mediaType(), digest, size, "", "", "", notes).toJson());
    }
    return JsonMapper.shared().writeValueAsBytes(root);
  }

  private static byte[] dockerManifest(Manifest.Single manifest, List<String> references) {
    ArrayNode root = JsonMapper.shared().createArrayNode();
    ObjectNode image = root.addObject();
    image.put("Config", path(manifest.config().digest()));
    ArrayNode tags = image.putArray("RepoTags");
    references.forEach(tags::add);
    ArrayNode layers = image.putArray("Layers");
    manifest.layers().forEach(layer -> layers.add(path(layer.digest())));
    return JsonMapper.shared().writeValueAsBytes(root);
  }
}
