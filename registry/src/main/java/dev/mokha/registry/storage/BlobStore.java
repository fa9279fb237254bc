package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.stream.Stream;

/**
 * Content by digest. A blob that is here is whole and was verified. Repositories say by links that
 * they have it; what none links to is swept.
 */
public final class BlobStore {
  private final Path directory;
  private final DurableFiles files;
  private final LastUse lastUse;
  private final Stripes locks = new Stripes(256);

  /** What was linked since a sweep began; null while none runs. */
  private volatile Set<Digest> linkedMeanwhile;

  /** How a repository's link to a blob is made. */
  @FunctionalInterface
  interface Linking {
    void link() throws IOException;
  }

  /** A blob on disk. */
  public record Stored(Digest digest, long size, Instant lastUse) {}

  BlobStore(Path directory, DurableFiles files, LastUse lastUse) throws IOException {
    this.directory = requireNonNull(directory, "directory");
    this.files = requireNonNull(files, "files");
    this.lastUse = requireNonNull(lastUse, "lastUse");
    Files.createDirectories(directory);
  }

  private Path path(Digest digest) {
    return directory
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  /** A blob's size in bytes, if it is here. */
  public OptionalLong size(Digest digest) throws IOException {
    try {
      return OptionalLong.of(Files.size(path(digest)));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  /** Opens a blob to be read, if it is here; it can be read on even when it is removed. */
  public Optional<FileChannel> open(Digest digest) throws IOException {
    try {
      Path path = path(digest);
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return Optional.of(channel);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** All of a small blob, if it is here. */
  public Optional<byte[]> read(Digest digest) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(path(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Writes down that a blob is in use, so that it is not swept or evicted soon. */
  public void touch(Digest digest) throws IOException {
    lastUse.touch(path(digest));
  }

  /**
   * Keeps a finished file, and links it while no sweep can come between.
   *
   * @param content a synced file of that digest on the same file system; it is gone afterwards
   */
  void keep(Digest digest, Path content, Linking linking) throws IOException {
    Lock lock = locks.of(digest).writeLock();
    lock.lock();
    try {
      Path path = path(digest);
      if (Files.exists(path)) {
        Files.delete(content);
        lastUse.touch(path);
      } else {
        lastUse.set(content);
        files.rename(content, path);
      }
      linking.link();
      remember(digest);
    } finally {
      lock.unlock();
    }
  }

  /** Links a blob that is here already; says whether it is. */
  boolean link(Digest digest, Linking linking) throws IOException {
    Lock lock = locks.of(digest).writeLock();
    lock.lock();
    try {
      Path path = path(digest);
      if (!Files.exists(path)) {
        return false;
      }
      lastUse.touch(path);
      linking.link();
      remember(digest);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void remember(Digest digest) {
    Set<Digest> meanwhile = linkedMeanwhile;
    if (meanwhile != null) {
      meanwhile.add(digest);
    }
  }

  /** From now on, what is linked is remembered, and {@link #sweep} leaves it alone. */
  void beginSweep() {
    linkedMeanwhile = ConcurrentHashMap.newKeySet();
    // Whoever links right now has either not looked yet, or is seen by the caller's marking, which
    // begins when all locks were free once.
    for (ReadWriteLock each : locks.all()) {
      each.writeLock().lock();
      each.writeLock().unlock();
    }
  }

  void endSweep() {
    linkedMeanwhile = null;
  }

  /**
   * Removes a blob unless it was linked since {@link #beginSweep}, or used since a time.
   *
   * @return the bytes that became free; 0 when it stays
   */
  long sweep(Digest digest, Instant usedBefore) throws IOException {
    Lock lock = locks.of(digest).writeLock();
    lock.lock();
    try {
      Set<Digest> meanwhile = linkedMeanwhile;
      if (meanwhile != null && meanwhile.contains(digest)) {
        return 0;
      }
      Path path = path(digest);
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      if (!found.lastModifiedTime().toInstant().isBefore(usedBefore)) {
        return 0;
      }
      Files.delete(path);
      return found.size();
    } catch (NoSuchFileException e) {
      return 0;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Removes a blob whether it is linked or not, unless it was used since; for caches, which can
   * have it again.
   *
   * @return the bytes that became free
   */
  public long evict(Digest digest, Instant lastUse) throws IOException {
    Lock lock = locks.of(digest).writeLock();
    lock.lock();
    try {
      Path path = path(digest);
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      if (found.lastModifiedTime().toInstant().isAfter(lastUse)) {
        return 0;
      }
      Files.delete(path);
      return found.size();
    } catch (NoSuchFileException e) {
      return 0;
    } finally {
      lock.unlock();
    }
  }

  /** All blobs; to be closed. Those that come or go meanwhile may be in it or not. */
  public Stream<Stored> all() throws IOException {
    return Files.walk(directory, 3)
        .filter(p -> p.getNameCount() == directory.getNameCount() + 3)
        .flatMap(BlobStore::stored);
  }

  private static Stream<Stored> stored(Path path) {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      String algorithm = path.getParent().getParent().getFileName().toString();
      return Stream.of(
          new Stored(
              new Digest(algorithm, path.getFileName().toString()),
              found.size(),
              found.lastModifiedTime().toInstant()));
    } catch (NoSuchFileException e) {
      return Stream.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
