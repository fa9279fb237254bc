package dev.mokha.engine.build.run;

import dev.mokha.engine.snapshots.Decompression;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.archivers.tar.TarUtils;

/** Tells archives from other files by their first bytes. */
final class Archives {
  private static final int BLOCK = 512;

  private Archives() {}

  /** Whether a stream is a tar, compressed or not; reads its beginning. */
  static boolean isArchive(InputStream in) {
    try {
      byte[] header = Decompression.plain(in).readNBytes(BLOCK);
      return header.length == BLOCK && TarUtils.verifyCheckSum(header);
    } catch (IOException notCompressedAfterAll) {
      return false;
    }
  }
}
