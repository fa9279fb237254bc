package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class LayerGzipTest {
  private static byte[] compressed(byte[] bytes, int pieces) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (LayerGzip gzip = new LayerGzip(out)) {
      for (int at = 0; at < bytes.length; at += pieces) {
        gzip.write(bytes, at, Math.min(pieces, bytes.length - at));
        gzip.flush();
      }
    }
    return out.toByteArray();
  }

  private static byte[] plain(byte[] gzip) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    }
  }

  /** Words here, noise there. */
  private static byte[] mixture(int length, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[length];
    int at = 0;
    while (at < length) {
      byte[] piece = new byte[Math.min(length - at, 1 + random.nextInt(700_000))];
      if (random.nextBoolean()) {
        random.nextBytes(piece);
      }
      System.arraycopy(piece, 0, bytes, at, piece.length);
      at += piece.length;
    }
    return bytes;
  }

  @Property(tries = 30)
  void givesBackWhatWentInAndIsTheSameHoweverItIsWritten(
      @ForAll @IntRange(max = 3_000_000) int length,
      @ForAll long seed,
      @ForAll @IntRange(min = 1000, max = 1_000_000) int pieces)
      throws IOException {
    byte[] bytes = mixture(length, seed);
    byte[] gzip = compressed(bytes, pieces);
    assertThat(plain(gzip)).isEqualTo(bytes);
    assertThat(compressed(bytes, length + 1)).isEqualTo(gzip);
  }

  @Test
  void nothingIsAGzipFileToo() throws IOException {
    assertThat(plain(compressed(new byte[0], 1))).isEmpty();
  }

  @Test
  void noiseHardlyGrowsAndWordsShrink() throws IOException {
    byte[] noise = new byte[4 << 20];
    new Random(1).nextBytes(noise);
    assertThat(compressed(noise, 1 << 16).length).isBetween(noise.length, noise.length + 4096);
    assertThat(compressed(new byte[4 << 20], 1 << 16).length).isLessThan(100_000);
  }

  @Test
  void aFullDiskIsSaidAndNoThreadStays() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    assertThatThrownBy(
            () -> {
              try (LayerGzip gzip = new LayerGzip(full)) {
                gzip.write(new byte[8 << 20]);
              }
            })
        .hasMessageContaining("No space left");
  }
}
