package dev.mokha.engine.content;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * One blob on its way into the store. Write to it, then {@link #commit}; closed without that, the
 * bytes of a blob with a known digest stay for the next try to go on from.
 */
public final class Ingest extends OutputStream {
  private final ContentStore store;
  private final Path file;
  private final Digest expected;
  private final FileChannel channel;
  private final Runnable release;
  private MessageDigest hash;
  private long offset;
  private boolean closed;
  private boolean broken;

  Ingest(ContentStore store, Path file, Digest expected, Runnable release) throws IOException {
    this.store = store;
    this.file = file;
    this.expected = expected;
    this.release = release;
    this.hash = expected == null ? Digest.newHash("sha256") : expected.newHash();
    if (expected != null && Files.exists(file)) {
      byte[] buffer = new byte[1 << 16];
      try (InputStream in = Files.newInputStream(file)) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          hash.update(buffer, 0, n);
          offset += n;
        }
      }
    }
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
    channel.truncate(offset);
    channel.position(offset);
  }

  /** How many bytes are there already. */
  public long offset() {
    return offset;
  }

  /** Forgets what is there and begins anew. */
  public void restart() throws IOException {
    channel.truncate(0);
    channel.position(0);
    offset = 0;
    hash = expected == null ? Digest.newHash("sha256") : expected.newHash();
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, length);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      broken = true;
      throw e;
    }
    hash.update(bytes, from, length);
    offset += length;
  }

  /**
   * Puts the blob into the store. It survives a power cut only after {@link ContentStore#sync}.
   *
   * @param size how long it must be; -1 when nobody knows
   * @throws EngineException when it is not what it should be; then its bytes are thrown away
   */
  public Digest commit(long size) throws IOException {
    Digest actual =
        Digest.finish(expected == null ? "sha256" : expected.algorithm(), hash.digest());
    if (size >= 0 && size != offset || expected != null && !expected.equals(actual)) {
      long length = offset;
      Files.deleteIfExists(file);
      close();
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "Content "
              + (expected == null ? "" : expected + " ")
              + "is damaged: it has digest "
              + actual
              + " and "
              + length
              + " bytes"
              + (size >= 0 ? ", not " + size : "")
              + "; try again, or ask who made it");
    }
    Path target = store.path(actual);
    Files.createDirectories(target.getParent());
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    store.changed();
    close();
    return actual;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        channel.close();
        if (expected == null || broken) {
          // A beginning that fills a full disk helps nobody.
          Files.deleteIfExists(file);
        }
      } finally {
        release.run();
      }
    }
  }
}
