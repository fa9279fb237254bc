package dev.mokha.engine.images;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses a layer: speed before size, as it is done while somebody waits. Blocks of one size are
 * compressed side by side, each without regard to those before, and written in order as the deflate
 * blocks of one gzip member (RFC 1951 and 1952), so that the same bytes always make the same file,
 * on any number of processors. A block whose samples don't get smaller (archives, pictures, keys)
 * is stored as it is. Closing it leaves the stream below open.
 */
final class LayerGzip extends OutputStream {
  private static final int BLOCK = 512 << 10;
  private static final int SAMPLES = 8;
  private static final int SAMPLE = 4 << 10;

  /** Header: deflate, no name, no time, fastest, unknown system. */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 4, (byte) 0xff};

  /** A last block with nothing in it, after blocks none of which says it is the last. */
  private static final byte[] LAST = {3, 0};

  private final OutputStream out;
  private final int atOnce = Runtime.getRuntime().availableProcessors();
  private final ExecutorService workers =
      Executors.newFixedThreadPool(atOnce, Thread.ofPlatform().name("gzip-", 0).daemon().factory());
  private final Deque<Future<byte[]>> blocks = new ArrayDeque<>();
  private final CRC32 sum = new CRC32();
  private byte[] block = new byte[BLOCK];
  private int filled;
  private long length;
  private boolean closed;

  LayerGzip(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int n = Math.min(length - done, BLOCK - filled);
      System.arraycopy(bytes, offset + done, block, filled, n);
      filled += n;
      done += n;
      if (filled == BLOCK) {
        begin();
      }
    }
  }

  /** Has the block compressed; waits for the oldest one when enough are under way. */
  private void begin() throws IOException {
    byte[] full = block;
    int size = filled;
    if (length == 0) {
      out.write(HEADER);
    }
    sum.update(full, 0, size);
    length += size;
    blocks.add(workers.submit(() -> deflated(full, size)));
    block = new byte[BLOCK];
    filled = 0;
    while (blocks.size() > 2 * atOnce) {
      writeOldest();
    }
  }

  private void writeOldest() throws IOException {
    try {
      out.write(blocks.remove().get());
    } catch (ExecutionException e) {
      throw new IOException("A layer can't be compressed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("Compressing a layer was interrupted");
    }
  }

  /**
   * What is known to be the end of a block is written, and nothing before: blocks have one size.
   */
  @Override
  public void flush() {}

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      begin();
      while (!blocks.isEmpty()) {
        writeOldest();
      }
      ByteBuffer end = ByteBuffer.allocate(LAST.length + 8).order(ByteOrder.LITTLE_ENDIAN);
      out.write(end.put(LAST).putInt((int) sum.getValue()).putInt((int) length).array());
      out.flush();
    } finally {
      workers.shutdownNow();
    }
  }

  /** Blocks that end on a byte (a sync flush), and are not the last. */
  private static byte[] deflated(byte[] bytes, int length) {
    Deflater deflater =
        new Deflater(shrinks(bytes, length) ? Deflater.BEST_SPEED : Deflater.NO_COMPRESSION, true);
    try {
      ByteArrayOutputStream result = new ByteArrayOutputStream(length / 2);
      deflater.setInput(bytes, 0, length);
      byte[] buffer = new byte[1 << 16];
      int n;
      do {
        n = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        result.write(buffer, 0, n);
      } while (n == buffer.length);
      return result.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /** Whether samples from all over a block get smaller by at least a sixteenth. */
  private static boolean shrinks(byte[] bytes, int length) {
    if (length <= SAMPLES * SAMPLE) {
      return true;
    }
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      byte[] samples = new byte[SAMPLES * SAMPLE];
      for (int i = 0; i < SAMPLES; i++) {
        int from = (int) ((long) (length - SAMPLE) * i / (SAMPLES - 1));
        System.arraycopy(bytes, from, samples, i * SAMPLE, SAMPLE);
      }
      deflater.setInput(samples);
      deflater.finish();
      int most = samples.length - samples.length / 16;
      int size = 0;
      byte[] buffer = new byte[samples.length];
      while (!deflater.finished() && size <= most) {
        size += deflater.deflate(buffer);
      }
      return size <= most;
    } finally {
      deflater.end();
    }
  }
}
