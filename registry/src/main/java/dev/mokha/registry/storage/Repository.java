package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one repository has. Its lock is shared by whoever adds blobs or reads, and held alone by
 * whoever puts or deletes a manifest or collects garbage, so that a manifest that was accepted has
 * all its blobs.
 */
public final class Repository {
  static final String LINKS = "_links";
  static final String MANIFESTS = "_manifests";
  static final String TAGS = "_tags";
  static final String REFERRERS = "_referrers";

  private final RepositoryName name;
  private final Path directory;
  private final BlobStore blobs;
  private final DurableFiles files;
  private final ReadWriteLock lock;

  /**
   * A manifest that is here.
   *
   * @param size of its bytes
   */
  public record Found(Digest digest, String mediaType, long size) {}

  Repository(
      RepositoryName name,
      Path directory,
      BlobStore blobs,
      DurableFiles files,
      ReadWriteLock lock) {
    this.name = requireNonNull(name);
    this.directory = requireNonNull(directory);
    this.blobs = requireNonNull(blobs);
    this.files = requireNonNull(files);
    this.lock = requireNonNull(lock);
  }

  /** Its name. */
  public RepositoryName name() {
    return name;
  }

  ReadWriteLock lock() {
    return lock;
  }

  /** Whether anything was ever pushed to it, and it was not removed since. */
  public boolean exists() {
    return Files.isDirectory(directory.resolve(MANIFESTS))
        || Files.isDirectory(directory.resolve(LINKS));
  }

  private Path linkPath(Digest digest) {
    return directory.resolve(LINKS).resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path recordPath(Digest digest) {
    return directory.resolve(MANIFESTS).resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path tagPath(Tag tag) {
    return directory.resolve(TAGS).resolve(tag.name());
  }

  private Path referrersPath(Digest subject) {
    return directory.resolve(REFERRERS).resolve(subject.algorithm()).resolve(subject.hex());
  }

  private Path referrerPath(Digest subject, Digest manifest) {
    return referrersPath(subject).resolve(manifest.algorithm() + "-" + manifest.hex());
  }

  private RegistryException unknownName() {
    return new RegistryException(
        ErrorCode.NAME_UNKNOWN,
        ErrorCode.NAME_UNKNOWN.status(),
        "there is no repository " + name,
        List.of(name.value()),
        null);
  }

  /** Refuses when it does not exist. */
  public void requireExisting() {
    if (!exists()) {
      throw unknownName();
    }
  }

  // Blobs

  /**
   * A blob's size in bytes, if the repository has it. Whoever asks may be about to push a manifest
   * that names it, so it counts as used now.
   */
  public OptionalLong blob(Digest digest) throws IOException {
    lock.readLock().lock();
    try {
      Path link = linkPath(digest);
      if (!Files.exists(link)) {
        // Manifests are content too.
        return Files.exists(recordPath(digest)) ? blobs.size(digest) : OptionalLong.empty();
      }
      OptionalLong size = blobs.size(digest);
      if (size.isPresent()) {
        blobs.touch(link);
        blobs.touch(digest);
      }
      return size;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Takes a blob that is here already, of whatever repository; says whether it is. */
  boolean link(Digest digest) throws IOException {
    lock.readLock().lock();
    try {
      return blobs.link(digest, () -> makeLink(digest));
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Takes a new blob; see {@link BlobStore#keep}. */
  void add(Digest digest, Path content) throws IOException {
    lock.readLock().lock();
    try {
      blobs.keep(digest, content, () -> makeLink(digest));
    } finally {
      lock.readLock().unlock();
    }
  }

  private void makeLink(Digest digest) throws IOException {
    Path link = linkPath(digest);
    if (!Files.exists(link)) {
      files.mark(link);
    }
    blobs.touch(link);
  }

  /**
   * Removes a blob from this repository.
   *
   * @throws RegistryException when it does not have it
   */
  public void deleteBlob(Digest digest) throws IOException {
    lock.writeLock().lock();
    try {
      if (!Files.exists(linkPath(digest)) || !files.remove(linkPath(digest))) {
        throw new RegistryException(
            ErrorCode.BLOB_UNKNOWN,
            ErrorCode.BLOB_UNKNOWN.status(),
            "there is no blob " + digest + " in " + name,
            List.of(digest.toString()),
            null);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  // Manifests

  /**
   * Puts a manifest, and tags it.
   *
   * @param digest of the document
   * @param complete whether all it names must be here, as for what is pushed; a mirror brings it
   *     later
   * @param staged writes the document's bytes: a synced file that becomes the blob
   * @throws RegistryException when something it names is missing
   */
  void putManifest(
      ManifestDocument document,
      Digest digest,
      Collection<Tag> tags,
      boolean complete,
      Staging staged)
      throws IOException {
    lock.writeLock().lock();
    try {
      if (complete) {
        requireComplete(document);
      }
      ObjectNode record = Json.MAPPER.createObjectNode();
      record.put("mediaType", document.mediaType()).put("size", document.bytes().length);
      document.subject().ifPresent(s -> record.put("subject", s.toString()));
      BlobStore.Linking all =
          () -> {
            if (document.subject().isPresent()) {
              files.replace(
                  referrerPath(document.subject().get(), digest),
                  Json.bytes(document.descriptor(digest)));
            }
            files.replace(recordPath(digest), Json.bytes(record));
            blobs.touch(recordPath(digest));
          };
      if (!blobs.link(digest, all)) {
        blobs.keep(digest, staged.write(document.bytes()), all);
      }
      for (Tag tag : tags) {
        files.replace(tagPath(tag), (digest + "\n").getBytes(StandardCharsets.UTF_8));
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Writes bytes into a file that is to become a blob. */
  @FunctionalInterface
  interface Staging {
    Path write(byte[] bytes) throws IOException;
  }

  private void requireComplete(ManifestDocument document) throws IOException {
    List<String> missing = new ArrayList<>();
    for (Descriptor blob : document.blobs()) {
      if (Files.exists(linkPath(blob.digest()))) {
        requireSize(blob);
      } else if (!blob.elsewhere()) {
        missing.add(blob.digest().toString());
      }
    }
    for (Descriptor manifest : document.manifests()) {
      if (!Files.exists(recordPath(manifest.digest()))
          && !Files.exists(linkPath(manifest.digest()))) {
        missing.add(manifest.digest().toString());
      }
    }
    if (!missing.isEmpty()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_BLOB_UNKNOWN,
          ErrorCode.MANIFEST_BLOB_UNKNOWN.status(),
          "the manifest names what is not in " + name + "; push that first",
          missing,
          null);
    }
  }

  private void requireSize(Descriptor blob) throws IOException {
    OptionalLong size = blobs.size(blob.digest());
    if (blob.size() >= 0 && size.isPresent() && size.getAsLong() != blob.size()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID,
          "the manifest is refused: it says that %s has %d bytes, which has %d"
              .formatted(blob.digest(), blob.size(), size.getAsLong()));
    }
  }

  /** What a tag or digest stands for, if that is here. */
  public Optional<Found> find(Reference reference) throws IOException {
    Digest digest;
    switch (reference) {
      case Digest given -> digest = given;
      case Tag tag -> {
        Optional<Digest> tagged = tagged(tag);
        if (tagged.isEmpty()) {
          return Optional.empty();
        }
        digest = tagged.get();
      }
    }
    Optional<JsonNode> record = record(digest);
    return record.map(
        r -> new Found(digest, r.path("mediaType").asString(""), r.path("size").asLong(0)));
  }

  /** The digest that a tag stands for. */
  public Optional<Digest> tagged(Tag tag) throws IOException {
    try {
      return Optional.of(Digest.parse(Files.readString(tagPath(tag)).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** When a tag was written last. */
  public Optional<Instant> taggedAt(Tag tag) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(tagPath(tag)).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Writes down that a tag is still so. */
  public void confirm(Tag tag) throws IOException {
    blobs.touch(tagPath(tag));
  }

  private Optional<JsonNode> record(Digest digest) throws IOException {
    try {
      return Optional.of(Json.parseObject(Files.readAllBytes(recordPath(digest))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The bytes of a manifest that was found. */
  public Optional<byte[]> manifest(Digest digest) throws IOException {
    blobs.touch(digest);
    return blobs.read(digest);
  }

  /**
   * Deletes a tag; the manifest stays.
   *
   * @throws RegistryException when there is none
   */
  public void deleteTag(Tag tag) throws IOException {
    lock.writeLock().lock();
    try {
      if (!Files.exists(tagPath(tag)) || !files.remove(tagPath(tag))) {
        throw unknownManifest(tag);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Deletes a manifest and all its tags.
   *
   * @throws RegistryException when there is none
   */
  public void deleteManifest(Digest digest) throws IOException {
    lock.writeLock().lock();
    try {
      JsonNode record = record(digest).orElseThrow(() -> unknownManifest(digest));
      for (String tag : tags()) {
        if (tagged(new Tag(tag)).filter(digest::equals).isPresent()) {
          files.remove(tagPath(new Tag(tag)));
        }
      }
      forget(digest, record);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void forget(Digest digest, JsonNode record) throws IOException {
    files.remove(recordPath(digest));
    String subject = record.path("subject").asString("");
    if (!subject.isEmpty()) {
      Path referrer = referrerPath(Digest.parse(subject), digest);
      if (Files.exists(referrer)) {
        files.remove(referrer);
      }
    }
  }

  /** What is answered for a manifest that is not here. */
  public RegistryException unknownManifest(Reference reference) {
    return new RegistryException(
        ErrorCode.MANIFEST_UNKNOWN,
        ErrorCode.MANIFEST_UNKNOWN.status(),
        "there is no manifest " + reference + " in " + name,
        List.of(reference.toString()),
        null);
  }

  /** All tags, in ASCII order. */
  public List<String> tags() throws IOException {
    return List.copyOf(new TreeSet<>(names(directory.resolve(TAGS))));
  }

  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(p -> names.add(p.getFileName().toString()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    return names;
  }

  /** Descriptors of the manifests that are about another, in the order of their digests. */
  public List<ObjectNode> referrers(Digest subject) throws IOException {
    Path all = referrersPath(subject);
    List<ObjectNode> found = new ArrayList<>();
    for (String entry : new TreeSet<>(names(all))) {
      try {
        ObjectNode descriptor = Json.parseObject(Files.readAllBytes(all.resolve(entry)));
        // Written before the manifest: a kill in between leaves it here.
        if (Files.exists(recordPath(Digest.parse(descriptor.path("digest").asString(""))))) {
          found.add(descriptor);
        }
      } catch (NoSuchFileException e) {
        // Deleted meanwhile.
      }
    }
    return found;
  }

  /** The digests of all manifests. */
  public List<Digest> manifests() throws IOException {
    return digests(MANIFESTS);
  }

  /** The digests of all blobs that are linked; manifests are not among them. */
  List<Digest> links() throws IOException {
    return digests(LINKS);
  }

  private List<Digest> digests(String kind) throws IOException {
    List<Digest> all = new ArrayList<>();
    for (String algorithm : names(directory.resolve(kind))) {
      for (String hex : names(directory.resolve(kind).resolve(algorithm))) {
        all.add(new Digest(algorithm, hex));
      }
    }
    return all;
  }

  // For the garbage collector, which holds the lock

  Instant linkUsed(Digest digest) throws IOException {
    return Files.getLastModifiedTime(linkPath(digest)).toInstant();
  }

  void unlink(Digest digest) throws IOException {
    files.remove(linkPath(digest));
  }

  Instant manifestPut(Digest digest) throws IOException {
    return Files.getLastModifiedTime(recordPath(digest)).toInstant();
  }

  void forgetManifest(Digest digest) throws IOException {
    Optional<JsonNode> record = record(digest);
    if (record.isPresent()) {
      forget(digest, record.get());
    }
  }

  /** The bytes of a manifest, which does not count as a use. */
  Optional<byte[]> contentOf(Digest manifest) throws IOException {
    return blobs.read(manifest);
  }

  Optional<Digest> subject(Digest manifest) throws IOException {
    return record(manifest)
        .map(r -> r.path("subject").asString(""))
        .filter(s -> !s.isEmpty())
        .map(Digest::parse);
  }

  /** Removes referrers whose manifest never came. */
  void removeStrayReferrers(Set<Digest> manifests) throws IOException {
    Path all = directory.resolve(REFERRERS);
    for (String algorithm : names(all)) {
      for (String subject : names(all.resolve(algorithm))) {
        Path of = all.resolve(algorithm).resolve(subject);
        for (String entry : names(of)) {
          if (!manifests.contains(Digest.parse(entry.replaceFirst("-", ":")))) {
            files.remove(of.resolve(entry));
          }
        }
        DurableFiles.deleteIfEmpty(of);
      }
    }
  }

  /** Removes all that it has. */
  void delete() throws IOException {
    lock.writeLock().lock();
    try {
      // Names first: what is left after a kill can't be pulled, and is taken by the next removal.
      for (String part : List.of(TAGS, MANIFESTS, REFERRERS, LINKS)) {
        DurableFiles.deleteTree(directory.resolve(part));
      }
      DurableFiles.deleteIfEmpty(directory);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
