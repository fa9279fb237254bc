package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Ingest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.snapshots.Decompression;
import dev.mokha.engine.snapshots.RootedTree;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads archives into the content store: OCI layouts, as a directory or a tar, and what {@code
 * docker save} writes. The tar is read once, from front to end: every file of it goes into the
 * store by its digest, and the documents say afterwards which of them are wanted.
 */
final class ArchiveReader {
  private static final int MAX_DOCUMENT = 16 << 20;
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String FULL_NAME = "io.containerd.image.name";

  private final ContentStore content;
  private final Leases.Lease lease;
  private final Progress progress;
  private final Map<String, Digest> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  /**
   * An image of an archive; its blobs are in the store.
   *
   * @param manifest its manifest
   * @param documents the indexes it was found by
   * @param references complete names
   */
  record Found(Descriptor manifest, List<Digest> documents, List<String> references) {}

  ArchiveReader(ContentStore content, Leases.Lease lease, Progress progress) {
    this.content = content;
    this.lease = lease;
    this.progress = progress;
  }

  List<Found> read(Path archive, String reference) throws IOException {
    if (Files.isDirectory(archive)) {
      readDirectory(archive);
    } else if (Files.isReadable(archive)) {
      try (InputStream in = Files.newInputStream(archive)) {
        readTar(in, "archive " + archive);
      }
    } else {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "There is no archive " + archive + " to read");
    }
    return named(images(archive.toString()), reference);
  }

  /** Reads a tar from a stream; whoever sends it is heard to the end. */
  List<Found> read(InputStream archive) throws IOException {
    readTar(archive, "the archive");
    return images("the archive");
  }

  private List<Found> images(String archive) throws IOException {
    List<Found> found;
    try {
      if (files.containsKey("index.json") && files.containsKey("oci-layout")) {
        found = readLayout();
        if (found.stream().allMatch(one -> one.references().isEmpty())
            && files.containsKey("manifest.json")) {
          found = readDockerArchive(); // docker save writes both; its names are in the latter
        }
      } else if (files.containsKey("manifest.json")) {
        found = readDockerArchive();
      } else {
        throw corrupt(
            archive
                + " is neither an OCI layout (no index.json) nor of docker save (no"
                + " manifest.json)");
      }
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "A document in " + archive + " is not valid JSON", e);
    }
    if (found.isEmpty()) {
      throw corrupt(archive + " holds no image for linux/" + Manifest.architecture());
    }
    return joined(found);
  }

  /** An index names an image once for each tag. */
  private static List<Found> joined(List<Found> found) {
    Map<Digest, Found> byManifest = new LinkedHashMap<>();
    for (Found one : found) {
      byManifest.merge(
          one.manifest().digest(),
          one,
          (a, b) -> {
            List<String> references = new ArrayList<>(a.references());
            b.references().stream().filter(r -> !references.contains(r)).forEach(references::add);
            return new Found(a.manifest(), a.documents(), references);
          });
    }
    return List.copyOf(byManifest.values());
  }

  private static List<Found> named(List<Found> found, String reference) {
    if (reference.isEmpty()) {
      return found;
    }
    if (found.size() > 1) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "The archive holds " + found.size() + " images; import it without a name of your own");
    }
    Found only = found.getFirst();
    return List.of(
        new Found(only.manifest(), only.documents(), List.of(Reference.parse(reference).tagged())));
  }

  private void readDirectory(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
              String name = root.relativize(file).toString();
              try (InputStream in = Files.newInputStream(file)) {
                store(name, in, attributes.size());
              }
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void readTar(InputStream archive, String title) throws IOException {
    try {
      InputStream in = Decompression.plain(archive);
      TarArchiveInputStream tar = new TarArchiveInputStream(in);
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String name = String.join("/", RootedTree.components(entry.getName()));
        if (entry.isSymbolicLink() || entry.isLink()) {
          // docker save of old links equal layers: a/layer.tar -> ../b/layer.tar.
          Path base = entry.isSymbolicLink() ? Path.of("/" + name).getParent() : Path.of("/");
          Path target = base.resolve(entry.getLinkName()).normalize();
          links.put(name, target.toString().substring(1));
        } else if (entry.isFile()) {
          store(name, tar, entry.getSize());
        }
      }
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IllegalArgumentException e) {
      throw corrupt(title + " is not a valid tar");
    } catch (EOFException | ZipException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "What was read of " + title + " is cut off or damaged", e);
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "What was read of " + title + " is cut off or damaged: " + e.getMessage(),
          e);
    }
  }

  private void store(String name, InputStream in, long size) throws IOException {
    int slash = name.lastIndexOf('/');
    String title = name.substring(slash + 1);
    title = title.substring(0, Math.min(12, title.length()));
    boolean blob =
        name.startsWith("blobs/sha256/") && Digest.isDigest("sha256:" + name.substring(13));
    if (blob) {
      Digest expected = Digest.parse("sha256:" + name.substring(13));
      lease.add(expected);
      if (content.contains(expected)) {
        files.put(name, expected);
        return;
      }
    }
    byte[] buffer = new byte[1 << 16];
    try (Ingest ingest = content.ingest()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        ingest.write(buffer, 0, n);
        progress.update(title, "Importing", ingest.offset(), size);
      }
      Digest digest = ingest.commit(size);
      lease.add(digest);
      files.put(name, digest);
      if (blob && !name.endsWith(digest.hex())) {
        throw corrupt(name + " has digest " + digest);
      }
    }
  }

  private static EngineException corrupt(String what) {
    return new EngineException(EngineException.Code.CORRUPT, "The archive is refused: " + what);
  }

  private JsonNode document(String name) throws IOException {
    return JsonMapper.shared().readTree(content.read(files.get(name), MAX_DOCUMENT));
  }

  // --- OCI layouts ---

  private List<Found> readLayout() throws IOException {
    Manifest top =
        Manifest.parse(
            content.read(files.get("index.json"), Manifest.MAX_BYTES), MediaTypes.OCI_INDEX);
    if (!(top instanceof Manifest.Index index)) {
      throw corrupt("its index.json is not an index");
    }
    List<Descriptor> entries = index.manifests();
    boolean allNamed = entries.stream().anyMatch(d -> !references(d).isEmpty());
    if (entries.size() > 1 && !allNamed) {
      // One image for several platforms, written without an index around it.
      entries = index.forThisMachine().stream().toList();
    }
    List<Found> found = new ArrayList<>();
    for (Descriptor entry : entries) {
      resolve(entry, references(entry), found);
    }
    return found;
  }

  private static List<String> references(Descriptor descriptor) {
    String full = descriptor.annotations().getOrDefault(FULL_NAME, "");
    String name = descriptor.annotations().getOrDefault(REF_NAME, "");
    for (String candidate : List.of(full, name)) {
      // A bare tag ("latest") names no image; a full name does.
      if (!candidate.isEmpty() && (candidate.indexOf('/') >= 0 || candidate.indexOf(':') >= 0)) {
        return List.of(Reference.parse(candidate).tagged());
      }
    }
    return List.of();
  }

  private void resolve(Descriptor descriptor, List<String> references, List<Found> found)
      throws IOException {
    List<Digest> documents = new ArrayList<>();
    Descriptor current = descriptor;
    for (int depth = 0; depth < 4; depth++) {
      require(current);
      documents.add(current.digest());
      Manifest manifest =
          Manifest.parse(content.read(current.digest(), Manifest.MAX_BYTES), current.mediaType());
      if (manifest instanceof Manifest.Single single) {
        require(single.config());
        single.layers().forEach(this::require);
        found.add(new Found(current, documents, references));
        return;
      }
      var chosen = ((Manifest.Index) manifest).forThisMachine();
      if (chosen.isEmpty()) {
        return;
      }
      current = chosen.get();
    }
    throw corrupt("its indexes are nested too deeply");
  }

  private void require(Descriptor descriptor) {
    lease.add(descriptor.digest());
    if (!content.contains(descriptor.digest())) {
      throw corrupt("blob " + descriptor.digest() + " is missing");
    }
  }

  // --- docker save ---

  private List<Found> readDockerArchive() throws IOException {
    List<Found> found = new ArrayList<>();
    for (JsonNode image : document("manifest.json")) {
      Digest config = file(image.path("Config").asString(""));
      List<Descriptor> layers = new ArrayList<>();
      for (JsonNode name : image.path("Layers")) {
        Digest layer = file(name.asString(""));
        layers.add(Descriptor.of(mediaType(layer), layer, content.size(layer)));
      }
      byte[] bytes = Manifest.write(config, content.size(config), layers);
      lease.add(Digest.of(bytes));
      Digest digest = content.write(bytes);
      List<String> references = new ArrayList<>();
      for (JsonNode tag : image.path("RepoTags")) {
        references.add(Reference.parse(tag.asString("")).tagged());
      }
      found.add(
          new Found(
              Descriptor.of(MediaTypes.OCI_MANIFEST, digest, bytes.length),
              List.of(digest),
              references));
    }
    return found;
  }

  private String mediaType(Digest layer) throws IOException {
    try (InputStream in = content.open(layer)) {
      byte[] magic = in.readNBytes(2);
      boolean gzip = magic.length == 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b;
      return gzip ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.OCI_LAYER;
    }
  }

  private Digest file(String name) {
    String plain = String.join("/", RootedTree.components(name));
    for (int i = 0; i < 8 && links.containsKey(plain); i++) {
      plain = links.get(plain);
    }
    Digest digest = files.get(plain);
    if (digest == null) {
      throw corrupt("file " + name + " is missing");
    }
    return digest;
  }
}
