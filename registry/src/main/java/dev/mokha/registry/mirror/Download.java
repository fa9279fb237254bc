package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.storage.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob on its way from an upstream into a file, followed by any number of readers. When an
 * upstream breaks off, the next goes on from where it was.
 */
public final class Download {
  private static final Logger log = LoggerFactory.getLogger(Download.class);
  private static final int PIECE = 128 << 10;
  private static final int ROUNDS = 2;

  private final Digest digest;
  private final String repository;
  private final List<Upstream> upstreams;
  private final Duration patience;
  private final Path file;
  private final FileChannel channel;
  private MessageDigest hash;
  private long size = -1;
  private long written;
  private boolean done;
  private IOException failure;
  private volatile long lastProgress = System.nanoTime();

  Download(Digest digest, String repository, List<Upstream> upstreams, Duration patience, Path file)
      throws IOException {
    this.digest = requireNonNull(digest);
    this.repository = requireNonNull(repository);
    this.upstreams = List.copyOf(upstreams);
    this.patience = requireNonNull(patience);
    this.file = requireNonNull(file);
    this.hash = Digest.hash(digest.algorithm());
    this.channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** What becomes of a verified file. */
  @FunctionalInterface
  interface Keeper {
    void keep(Path file) throws IOException;
  }

  /** Brings it, and has it kept; whatever happens, no file is left. */
  void run(Keeper keeper) {
    try {
      transfer();
      Digest found = Digest.finished(digest.algorithm(), hash);
      if (!found.equals(digest)) {
        throw new IOException("what came for " + digest + " has the digest " + found);
      }
      channel.force(true);
      keeper.keep(file);
      finish(null);
    } catch (IOException e) {
      finish(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finish(new IOException("the mirror was stopped", e));
    } catch (RuntimeException e) {
      finish(new IOException("the mirror has a fault: " + e.getMessage(), e));
    } finally {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        log.warn("what is left of a download can't be removed", e);
      }
    }
  }

  private synchronized void finish(IOException e) {
    done = e == null;
    failure = e;
    notifyAll();
  }

  private void transfer() throws IOException, InterruptedException {
    IOException last = null;
    boolean absentEverywhere = true;
    for (int round = 0; round < ROUNDS; round++) {
      for (Upstream upstream : upstreams) {
        try {
          from(upstream);
          return;
        } catch (UpstreamException e) {
          absentEverywhere &= e.isAbsent();
          last = e;
        } catch (IOException e) {
          absentEverywhere = false;
          last = e;
          if (String.valueOf(e.getMessage()).contains("No space left")) {
            throw e;
          }
          upstream.failed();
        }
        log.info("{}", last.getMessage());
      }
      if (absentEverywhere) {
        break;
      }
    }
    throw last == null ? new IOException("there is no upstream") : last;
  }

  private void from(Upstream upstream) throws IOException, InterruptedException {
    Map<String, String> headers =
        written == 0 ? Map.of() : Map.of("Range", "bytes=" + written + "-");
    HttpResponse<InputStream> response =
        upstream.ask("GET", repository, "blobs/" + digest, headers);
    try (InputStream body = response.body()) {
      long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
      long skip = 0;
      if (response.statusCode() == 200) {
        skip = written;
        announce(length);
      } else if (!response
          .headers()
          .firstValue("Content-Range")
          .orElse("")
          .startsWith("bytes " + written + "-")) {
        throw new UpstreamException(upstream + " sends another part than asked", false, null);
      }
      lastProgress = System.nanoTime();
      Thread watch = Thread.ofVirtual().name("mirror-watch").start(() -> watch(body));
      try {
        copy(upstream, body, skip);
      } finally {
        watch.interrupt();
      }
    }
  }

  /** The client has no time-out for a body that stalls. */
  private void watch(InputStream body) {
    try {
      while (true) {
        long left = patience.toNanos() - (System.nanoTime() - lastProgress);
        if (left <= 0) {
          body.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException e) {
      // All came.
    } catch (IOException e) {
      log.debug("a stalled upstream could not be closed", e);
    }
  }

  private void copy(Upstream upstream, InputStream body, long skip) throws IOException {
    byte[] piece = new byte[PIECE];
    long toSkip = skip;
    while (true) {
      int read;
      try {
        read = body.read(piece);
      } catch (IOException e) {
        upstream.failed();
        throw new UpstreamException(
            upstream + " broke off after " + written + " bytes of " + digest, false, e);
      }
      if (read < 0) {
        break;
      }
      lastProgress = System.nanoTime();
      int from = (int) Math.min(toSkip, read);
      toSkip -= from;
      if (from < read) {
        append(upstream, piece, from, read - from);
      }
    }
    if (size >= 0 && written < size) {
      upstream.failed();
      throw new UpstreamException(
          upstream + " broke off after " + written + " bytes of " + digest, false, null);
    }
  }

  private void append(Upstream upstream, byte[] piece, int offset, int length) throws IOException {
    if (size >= 0 && written + length > size) {
      throw new UpstreamException(upstream + " sends more than it announced", false, null);
    }
    ByteBuffer rest = ByteBuffer.wrap(piece, offset, length);
    long at = written;
    while (rest.hasRemaining()) {
      at += channel.write(rest, at);
    }
    hash.update(piece, offset, length);
    synchronized (this) {
      written = at;
      notifyAll();
    }
  }

  private synchronized void announce(long length) throws IOException {
    if (size >= 0 && length >= 0 && size != length) {
      throw new UpstreamException("upstreams don't agree how long " + digest + " is", false, null);
    }
    if (size < 0) {
      size = length;
    }
    notifyAll();
  }

  // For readers

  /**
   * Waits until it is known how long the blob is.
   *
   * @return its size in bytes; -1 when that is known only at the end, which has come then
   * @throws IOException when it can't be had
   */
  public synchronized long awaitSize() throws IOException, InterruptedException {
    while (!done && failure == null && size < 0) {
      wait();
    }
    if (failure != null && written == 0) {
      throw failure;
    }
    return size;
  }

  /** Waits until all is here and verified. */
  public synchronized void awaitEnd() throws IOException, InterruptedException {
    while (!done && failure == null) {
      wait();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * The next piece for a reader; null at the end. The last byte comes only after the digest was
   * verified.
   *
   * @throws IOException when the download failed, or what came is not what was asked for
   */
  public byte[] read(long position) throws IOException, InterruptedException {
    long available;
    synchronized (this) {
      while (true) {
        if (failure != null) {
          throw failure;
        }
        available = done ? written : Math.min(written, size - 1);
        if (available > position || done) {
          break;
        }
        wait();
      }
    }
    if (position >= available) {
      return null;
    }
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, available - position));
    while (piece.hasRemaining()) {
      int read = channel.read(piece, position + piece.position());
      if (read < 0) {
        throw new IOException("the download became shorter");
      }
    }
    return piece.array();
  }

  /** Gives back the file when nobody reads any more. */
  void release() throws IOException {
    channel.close();
  }
}
