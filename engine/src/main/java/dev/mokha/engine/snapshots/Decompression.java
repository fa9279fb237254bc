package dev.mokha.engine.snapshots;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** Opens gzip, bzip2, xz, zstd and plain streams alike, by their first bytes: media types lie. */
public final class Decompression {
  private static final int BUFFER = 1 << 16;
  private static final int MAGIC = 6;

  /** What a stream's own header may have it take, in KiB. */
  private static final int XZ_MEMORY = 256 << 10;

  private Decompression() {}

  /** The plain bytes of a stream. */
  public static InputStream plain(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    buffered.mark(MAGIC);
    byte[] magic = buffered.readNBytes(MAGIC);
    buffered.reset();
    if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return new GZIPInputStream(buffered, BUFFER);
    }
    if (magic.length >= 4
        && (magic[0] & 0xff) == 0x28
        && (magic[1] & 0xff) == 0xb5
        && (magic[2] & 0xff) == 0x2f
        && (magic[3] & 0xff) == 0xfd) {
      return new ZstdInputStream(buffered).setContinuous(false);
    }
    if (magic.length >= 4
        && magic[0] == 'B'
        && magic[1] == 'Z'
        && magic[2] == 'h'
        && magic[3] >= '1'
        && magic[3] <= '9') {
      return new BZip2CompressorInputStream(buffered, true);
    }
    if (magic.length == MAGIC
        && (magic[0] & 0xff) == 0xfd
        && magic[1] == '7'
        && magic[2] == 'z'
        && magic[3] == 'X'
        && magic[4] == 'Z'
        && magic[5] == 0) {
      return new XZInputStream(buffered, XZ_MEMORY);
    }
    return buffered;
  }
}
