package dev.mokha.registry.storage;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A blob that is being uploaded. It outlives connections and processes: what has come is on disk,
 * and can be added to until it is finished, cancelled or too old. One writes at a time ({@link
 * #take}); the hash of what came is kept along the way, and made anew from disk when it was lost.
 */
public final class Upload {
  private static final int READ_BYTES = 1 << 18;

  private final String id;
  private final RepositoryName repository;
  private final Path directory;
  private final Semaphore turn = new Semaphore(1, true);
  private String algorithm;
  private MessageDigest hash;
  private long hashed;
  private volatile boolean over;

  Upload(String id, RepositoryName repository, Path directory, String algorithm) {
    this.id = id;
    this.repository = repository;
    this.directory = directory;
    this.algorithm = algorithm;
    this.hash = Digest.hash(algorithm);
  }

  static Path data(Path directory) {
    return directory.resolve("data");
  }

  /** The name its client knows it by. */
  public String id() {
    return id;
  }

  /** The repository it is for. */
  public RepositoryName repository() {
    return repository;
  }

  /** How many bytes have come. */
  public long offset() throws IOException {
    try {
      return Files.size(data(directory));
    } catch (NoSuchFileException e) {
      throw unknown();
    }
  }

  /** When something came last. */
  Instant lastUse() throws IOException {
    return Files.getLastModifiedTime(data(directory)).toInstant();
  }

  private RegistryException unknown() {
    return new RegistryException(
        ErrorCode.BLOB_UPLOAD_UNKNOWN, "there is no upload " + id + " in " + repository);
  }

  /**
   * Takes the upload for oneself.
   *
   * @param patience how long to wait for another who has it, such as a connection that was cut and
   *     has not noticed
   * @throws RegistryException when it is over, or still taken
   */
  public Turn take(Duration patience) throws IOException, InterruptedException {
    if (!turn.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new RegistryException(
          ErrorCode.BLOB_UPLOAD_INVALID,
          409,
          "another request writes to this upload; ask for its status, and go on from there",
          List.of(),
          null);
    }
    try {
      if (over) {
        throw unknown();
      }
      FileChannel channel =
          FileChannel.open(data(directory), StandardOpenOption.READ, StandardOpenOption.WRITE);
      return new Turn(channel);
    } catch (NoSuchFileException e) {
      turn.release();
      throw unknown();
    } catch (IOException | RuntimeException e) {
      turn.release();
      throw e;
    }
  }

  /** Whether nobody writes to it now. */
  boolean isIdle() {
    return turn.availablePermits() > 0;
  }

  /** An upload that nobody else can write to; to be closed. */
  public final class Turn implements AutoCloseable {
    private final FileChannel channel;
    private long position;
    private boolean closed;

    private Turn(FileChannel channel) throws IOException {
      this.channel = channel;
      this.position = channel.size();
    }

    /** The upload. */
    public Upload upload() {
      return Upload.this;
    }

    /** How many bytes have come. */
    public long offset() {
      return position;
    }

    /** Adds bytes. After a failure what was written of them stays, and counts. */
    public void write(ByteBuffer bytes) throws IOException {
      catchUp(algorithm);
      int begin = bytes.position();
      try {
        while (bytes.hasRemaining()) {
          position += channel.write(bytes, position);
        }
      } finally {
        ByteBuffer written = bytes.duplicate();
        written.flip().position(begin);
        hashed += written.remaining();
        hash.update(written);
      }
    }

    /** Takes back what came after an offset. */
    public void truncate(long size) throws IOException {
      channel.truncate(size);
      position = size;
      if (hashed > size) {
        hash = Digest.hash(algorithm);
        hashed = 0;
      }
    }

    /** Makes the hash that of all that has come. */
    private void catchUp(String wanted) throws IOException {
      if (!wanted.equals(algorithm)) {
        algorithm = wanted;
        hash = Digest.hash(wanted);
        hashed = 0;
      }
      ByteBuffer buffer = hashed < position ? ByteBuffer.allocate(READ_BYTES) : null;
      while (hashed < position) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), position - hashed));
        int read = channel.read(buffer, hashed);
        if (read < 0) {
          throw new IOException("the upload " + id + " became shorter meanwhile");
        }
        hash.update(buffer.flip());
        hashed += read;
      }
    }

    /**
     * Waits until all is on the disk, and ends the upload; the file is the caller's.
     *
     * @throws RegistryException when it has another digest; the upload is then gone
     */
    Path finish(Digest expected) throws IOException {
      catchUp(expected.algorithm());
      // The hash is asked by a copy, for a failure below must not lose it.
      Digest found = Digest.finished(algorithm, copy());
      if (!found.equals(expected)) {
        cancel();
        throw new RegistryException(
            ErrorCode.DIGEST_INVALID,
            "what was uploaded has the digest " + found + ", not " + expected);
      }
      channel.force(true);
      return data(directory);
    }

    private MessageDigest copy() {
      try {
        return (MessageDigest) hash.clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException("the JDK's own hashes can be copied", e);
      }
    }

    /** Ends the upload, and removes what is left of it. */
    public void cancel() throws IOException {
      over = true;
      DurableFiles.deleteTree(directory);
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        try {
          channel.close();
        } finally {
          turn.release();
        }
      }
    }
  }
}
