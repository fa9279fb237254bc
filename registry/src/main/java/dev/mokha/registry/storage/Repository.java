package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one repository has. Its lock is shared by whoever adds blobs or reads, and held alone by
 * whoever puts or deletes a manifest or collects garbage, so that a manifest that was accepted has
 * all its blobs.
 */
public final class Repository {
  private final RepositoryName name;
  private final RepositoryFiles files;
  private final BlobStore blobs;
  private final ReadWriteLock lock;

  /**
   * A manifest that is here.
   *
   * @param size of its bytes
   */
  public record Found(Digest digest, String mediaType, long size) {}

  Repository(RepositoryName name, RepositoryFiles files, BlobStore blobs, ReadWriteLock lock) {
    this.name = requireNonNull(name);
    this.files = requireNonNull(files);
    this.blobs = requireNonNull(blobs);
    this.lock = requireNonNull(lock);
  }

  /** Its name. */
  public RepositoryName name() {
    return name;
  }

  /** For the garbage collector. */
  ReadWriteLock lock() {
    return lock;
  }

  /** For the garbage collector, which holds the lock. */
  RepositoryFiles files() {
    return files;
  }

  /** Whether anything was ever pushed to it, and it was not removed since. */
  public boolean exists() {
    return files.exists();
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
      if (!files.hasLink(digest)) {
        // Manifests are content too.
        return files.hasManifest(digest) ? blobs.size(digest) : OptionalLong.empty();
      }
      OptionalLong size = blobs.size(digest);
      if (size.isPresent()) {
        files.useLink(digest);
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
      return blobs.link(digest, () -> files.link(digest));
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Takes a new blob; see {@link BlobStore#keep}. */
  void add(Digest digest, Path content) throws IOException {
    lock.readLock().lock();
    try {
      blobs.keep(digest, content, () -> files.link(digest));
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Removes a blob from this repository.
   *
   * @throws RegistryException when it does not have it
   */
  public void deleteBlob(Digest digest) throws IOException {
    lock.writeLock().lock();
    try {
      if (!files.unlink(digest)) {
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
      BlobStore.Linking all = () -> files.putManifest(digest, document);
      if (!blobs.link(digest, all)) {
        blobs.keep(digest, staged.write(document.bytes()), all);
      }
      for (Tag tag : tags) {
        files.tag(tag, digest);
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
      if (files.hasLink(blob.digest())) {
        requireSize(blob);
      } else if (!blob.elsewhere()) {
        missing.add(blob.digest().toString());
      }
    }
    for (Descriptor manifest : document.manifests()) {
      if (!files.hasManifest(manifest.digest()) && !files.hasLink(manifest.digest())) {
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

  /** Has a tag stand for a manifest that is here. */
  void tag(Tag tag, Digest manifest) throws IOException {
    lock.writeLock().lock();
    try {
      if (!files.hasManifest(manifest)) {
        throw unknownManifest(manifest);
      }
      files.tag(tag, manifest);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** What a tag or digest stands for, if that is here. */
  public Optional<Found> find(Reference reference) throws IOException {
    Optional<Digest> digest =
        switch (reference) {
          case Digest given -> Optional.of(given);
          case Tag tag -> files.tagged(tag);
        };
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    return files
        .manifest(digest.get())
        .map(record -> new Found(digest.get(), record.mediaType(), record.size()));
  }

  /** The digest that a tag stands for. */
  public Optional<Digest> tagged(Tag tag) throws IOException {
    return files.tagged(tag);
  }

  /** When a tag was written last. */
  public Optional<Instant> taggedAt(Tag tag) throws IOException {
    return files.taggedAt(tag);
  }

  /** Writes down that a tag is still so. */
  public void confirm(Tag tag) throws IOException {
    files.useTag(tag);
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
      if (!files.untag(tag)) {
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
      if (!files.hasManifest(digest)) {
        throw unknownManifest(digest);
      }
      for (String tag : tags()) {
        if (tagged(new Tag(tag)).filter(digest::equals).isPresent()) {
          files.untag(new Tag(tag));
        }
      }
      files.removeManifest(digest);
    } finally {
      lock.writeLock().unlock();
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
    return files.tags();
  }

  /** Descriptors of the manifests that are about another, in the order of their digests. */
  public List<ObjectNode> referrers(Digest subject) throws IOException {
    return files.referrers(subject);
  }

  /** The digests of all manifests. */
  public List<Digest> manifests() throws IOException {
    return files.manifests();
  }

  /** What a manifest is about. */
  Optional<Digest> subject(Digest manifest) throws IOException {
    return files.manifest(manifest).flatMap(RepositoryFiles.Manifest::subject);
  }

  /** Removes all that it has. */
  void delete() throws IOException {
    lock.writeLock().lock();
    try {
      files.delete();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
