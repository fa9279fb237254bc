package dev.mokha.engine.content;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.FileSystemSync;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Blobs by digest, in {@code blobs/ALGORITHM/HH/HEX}. A blob is written under {@code ingest},
 * verified and renamed. Whoever puts on record what needs blobs calls {@link #sync} before, once
 * for all of them; those that nobody has on record are collected when the store is opened, so that
 * one that is there is whole.
 */
public final class ContentStore {
  /** How long the beginning of a blob is kept for a later try. */
  private static final Duration PARTIAL_KEPT = Duration.ofDays(1);

  private final Path blobs;
  private final Path ingests;
  private final AtomicBoolean unsynced = new AtomicBoolean();
  private final AtomicLong sequence = new AtomicLong();
  private final ConcurrentHashMap<Digest, ReentrantLock> writers = new ConcurrentHashMap<>();

  /** A store in a directory, made when missing. */
  public ContentStore(Path root) throws IOException {
    blobs = Files.createDirectories(root.resolve("blobs"));
    ingests = Files.createDirectories(root.resolve("ingest"));
  }

  void changed() {
    unsynced.set(true);
  }

  /** Returns when every blob that is in the store is on the disk. */
  public void sync() {
    if (unsynced.getAndSet(false)) {
      try {
        FileSystemSync.of(blobs);
      } catch (RuntimeException e) {
        unsynced.set(true);
        throw e;
      }
    }
  }

  /** Where a blob is, or would be. */
  public Path path(Digest digest) {
    return blobs
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  /** Whether a blob is there. */
  public boolean contains(Digest digest) {
    return Files.exists(path(digest));
  }

  /** A blob's length in bytes. */
  public long size(Digest digest) throws IOException {
    return Files.size(path(digest));
  }

  /** A blob's bytes. */
  public InputStream open(Digest digest) throws IOException {
    try {
      return Files.newInputStream(path(digest));
    } catch (NoSuchFileException e) {
      throw missing(digest, e);
    }
  }

  /** A small blob, a document; refused above {@code limit} bytes. */
  public byte[] read(Digest digest, int limit) throws IOException {
    try (InputStream in = open(digest)) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new EngineException(
            EngineException.Code.CORRUPT,
            "Document " + digest + " is longer than " + limit + " bytes");
      }
      return bytes;
    }
  }

  private static EngineException missing(Digest digest, Exception cause) {
    return new EngineException(
        EngineException.Code.CORRUPT,
        "Content " + digest + " is missing; pull or import its image again",
        cause);
  }

  /** Puts a small blob in. */
  public Digest write(byte[] bytes) throws IOException {
    Digest digest = Digest.of(bytes);
    if (!contains(digest)) {
      try (Ingest ingest = ingest()) {
        ingest.write(bytes);
        ingest.commit(bytes.length);
      }
    }
    return digest;
  }

  /** Begins a blob whose digest will be known at its end. */
  public Ingest ingest() throws IOException {
    return new Ingest(this, ingests.resolve("new-" + sequence.incrementAndGet()), null, () -> {});
  }

  /**
   * Begins a blob, or goes on where an earlier try ended. Waits while another thread writes the
   * same blob: look with {@link #contains} again afterwards.
   */
  public Ingest ingest(Digest expected) throws IOException {
    ReentrantLock lock = writers.computeIfAbsent(expected, d -> new ReentrantLock());
    lock.lock();
    boolean done = false;
    try {
      Ingest ingest =
          new Ingest(
              this,
              ingests.resolve(expected.algorithm() + "-" + expected.hex()),
              expected,
              lock::unlock);
      done = true;
      return ingest;
    } finally {
      if (!done) {
        lock.unlock();
      }
    }
  }

  /**
   * Reads a blob to its end.
   *
   * @return what is wrong with it; empty when it is whole
   */
  public Optional<String> verify(Digest digest) throws IOException {
    if (!contains(digest)) {
      return Optional.of("it is missing");
    }
    MessageDigest hash = digest.newHash();
    byte[] buffer = new byte[1 << 17];
    try (InputStream in = open(digest)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    }
    Digest is = Digest.finish(digest.algorithm(), hash.digest());
    return is.equals(digest) ? Optional.empty() : Optional.of("it has digest " + is);
  }

  /** Throws a damaged blob away, so that it can come anew. */
  public void discard(Digest digest) throws IOException {
    Files.deleteIfExists(path(digest));
  }

  /** Bytes of all blobs. */
  public long usage() throws IOException {
    try (var files = Files.walk(blobs)) {
      return files
          .filter(Files::isRegularFile)
          .mapToLong(
              path -> {
                try {
                  return Files.size(path);
                } catch (IOException removed) {
                  return 0;
                }
              })
          .sum();
    }
  }

  /** Removes every blob that is not named; the bytes freed. */
  public long collect(Set<String> keep) throws IOException {
    long freed = 0;
    try (DirectoryStream<Path> algorithms = Files.newDirectoryStream(blobs)) {
      for (Path algorithm : algorithms) {
        try (DirectoryStream<Path> prefixes = Files.newDirectoryStream(algorithm)) {
          for (Path prefix : prefixes) {
            freed += collect(prefix, algorithm.getFileName() + ":", keep);
          }
        }
      }
    }
    return freed;
  }

  private static long collect(Path prefix, String algorithm, Set<String> keep) throws IOException {
    long freed = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(prefix)) {
      for (Path file : files) {
        if (!keep.contains(algorithm + file.getFileName())) {
          freed += Files.size(file);
          Files.delete(file);
        }
      }
    }
    return freed;
  }

  /** Removes the beginnings of blobs that nobody will go on with. Only before the first ingest. */
  public void collectIngests() throws IOException {
    Instant oldest = Instant.now().minus(PARTIAL_KEPT);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(ingests)) {
      for (Path file : files) {
        if (file.getFileName().toString().startsWith("new-")
            || Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
          Files.delete(file);
        }
      }
    }
  }
}
