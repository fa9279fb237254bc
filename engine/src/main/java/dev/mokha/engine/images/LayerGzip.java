package dev.mokha.engine.images;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses a layer: speed before size, as it is done while somebody waits. Closing it leaves the
 * stream below open.
 */
final class LayerGzip extends GZIPOutputStream {
  LayerGzip(OutputStream out) throws IOException {
    super(new Unclosed(out), 1 << 16);
    def.setLevel(Deflater.BEST_SPEED);
  }

  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
