package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One repository's own files, whose form this package's page describes. Nothing here locks, and
 * nothing judges what may be written: {@link Repository} does both.
 */
final class RepositoryFiles {
  private static final String LINKS = "_links";
  private static final String MANIFESTS = "_manifests";
  private static final String TAGS = "_tags";
  private static final String REFERRERS = "_referrers";

  private final Path directory;
  private final DurableFiles files;
  private final LastUse lastUse;

  /**
   * What is on record of a manifest; its bytes are a blob.
   *
   * @param size of its bytes
   * @param subject what it is about (OCI image spec, {@code subject})
   */
  record Manifest(String mediaType, long size, Optional<Digest> subject) {}

  RepositoryFiles(Path directory, DurableFiles files, LastUse lastUse) {
    this.directory = requireNonNull(directory, "directory");
    this.files = requireNonNull(files, "files");
    this.lastUse = requireNonNull(lastUse, "lastUse");
  }

  /** Whether a directory of this name is what makes its parent a repository. */
  static boolean marksRepository(String directoryName) {
    return directoryName.equals(MANIFESTS) || directoryName.equals(LINKS);
  }

  boolean exists() {
    return Files.isDirectory(directory.resolve(MANIFESTS))
        || Files.isDirectory(directory.resolve(LINKS));
  }

  private Path linkPath(Digest digest) {
    return directory.resolve(LINKS).resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path manifestPath(Digest digest) {
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

  // Links to blobs

  boolean hasLink(Digest digest) {
    return Files.exists(linkPath(digest));
  }

  /** Makes a link unless there is one; it counts as used now. */
  void link(Digest digest) throws IOException {
    Path link = linkPath(digest);
    if (!Files.exists(link)) {
      files.mark(link);
    }
    lastUse.touch(link);
  }

  void useLink(Digest digest) throws IOException {
    lastUse.touch(linkPath(digest));
  }

  Instant linkUsed(Digest digest) throws IOException {
    return LastUse.of(linkPath(digest));
  }

  /** Removes a link; says whether it was there. */
  boolean unlink(Digest digest) throws IOException {
    return removed(linkPath(digest));
  }

  /** The digests of all blobs that are linked; manifests are not among them. */
  List<Digest> links() throws IOException {
    return digests(LINKS);
  }

  // Manifests

  boolean hasManifest(Digest digest) {
    return Files.exists(manifestPath(digest));
  }

  Optional<Manifest> manifest(Digest digest) throws IOException {
    try {
      JsonNode record = Json.parseObject(Files.readAllBytes(manifestPath(digest)));
      String subject = record.path("subject").asString("");
      return Optional.of(
          new Manifest(
              record.path("mediaType").asString(""),
              record.path("size").asLong(0),
              subject.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(subject))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Puts a manifest on record, and among the referrers of what it is about before. */
  void putManifest(Digest digest, ManifestDocument document) throws IOException {
    ObjectNode record = Json.MAPPER.createObjectNode();
    record.put("mediaType", document.mediaType()).put("size", document.bytes().length);
    if (document.subject().isPresent()) {
      Digest subject = document.subject().get();
      record.put("subject", subject.toString());
      files.replace(referrerPath(subject, digest), Json.bytes(document.descriptor(digest)));
    }
    files.replace(manifestPath(digest), Json.bytes(record));
    lastUse.touch(manifestPath(digest));
  }

  Instant manifestPut(Digest digest) throws IOException {
    return LastUse.of(manifestPath(digest));
  }

  /** Strikes a manifest off; its tags stay. Nothing happens when it is not on record. */
  void removeManifest(Digest digest) throws IOException {
    Optional<Manifest> record = manifest(digest);
    if (record.isEmpty()) {
      return;
    }
    files.remove(manifestPath(digest));
    if (record.get().subject().isPresent()) {
      removed(referrerPath(record.get().subject().get(), digest));
    }
  }

  List<Digest> manifests() throws IOException {
    return digests(MANIFESTS);
  }

  // Tags

  Optional<Digest> tagged(Tag tag) throws IOException {
    try {
      return Optional.of(Digest.parse(Files.readString(tagPath(tag)).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  Optional<Instant> taggedAt(Tag tag) throws IOException {
    try {
      return Optional.of(LastUse.of(tagPath(tag)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  void tag(Tag tag, Digest digest) throws IOException {
    files.replace(tagPath(tag), (digest + "\n").getBytes(StandardCharsets.UTF_8));
  }

  void useTag(Tag tag) throws IOException {
    lastUse.touch(tagPath(tag));
  }

  /** Removes a tag; says whether it was there. */
  boolean untag(Tag tag) throws IOException {
    return removed(tagPath(tag));
  }

  /** All tags, in ASCII order. */
  List<String> tags() throws IOException {
    return List.copyOf(new TreeSet<>(names(directory.resolve(TAGS))));
  }

  // Referrers

  /** Descriptors of the manifests that are about another, in the order of their digests. */
  List<ObjectNode> referrers(Digest subject) throws IOException {
    Path all = referrersPath(subject);
    List<ObjectNode> found = new ArrayList<>();
    for (String entry : new TreeSet<>(names(all))) {
      try {
        ObjectNode descriptor = Json.parseObject(Files.readAllBytes(all.resolve(entry)));
        // Written before the manifest: a kill in between leaves it here.
        if (hasManifest(Digest.parse(descriptor.path("digest").asString("")))) {
          found.add(descriptor);
        }
      } catch (NoSuchFileException e) {
        // Deleted meanwhile.
      }
    }
    return found;
  }

  /** Removes referrers whose manifest is not one of these. */
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

  /** Removes all. */
  void delete() throws IOException {
    // Names first: what is left after a kill can't be pulled, and is taken by the next removal.
    for (String part : List.of(TAGS, MANIFESTS, REFERRERS, LINKS)) {
      DurableFiles.deleteTree(directory.resolve(part));
    }
    DurableFiles.deleteIfEmpty(directory);
  }

  private boolean removed(Path file) throws IOException {
    return Files.exists(file) && files.remove(file);
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

  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      all.forEach(p -> names.add(p.getFileName().toString()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    return names;
  }
}
