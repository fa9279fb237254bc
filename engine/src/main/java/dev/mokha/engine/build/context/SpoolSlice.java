package dev.mokha.engine.build.context;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A piece of a spool file. */
final class SpoolSlice extends InputStream {
  private final FileChannel channel;
  private final long end;
  private long at;

  SpoolSlice(FileChannel channel, long offset, long size) {
    this.channel = channel;
    this.at = offset;
    this.end = offset + size;
  }

  /** A spool that is gone when it is closed, whatever happens. */
  static FileChannel nameless(Path directory) throws IOException {
    Path file = Files.createTempFile(directory, "spool-", "");
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (at >= end) {
      return -1;
    }
    int wanted = (int) Math.min(length, end - at);
    int n = channel.read(ByteBuffer.wrap(bytes, offset, wanted), at);
    if (n > 0) {
      at += n;
    }
    return n;
  }
}
