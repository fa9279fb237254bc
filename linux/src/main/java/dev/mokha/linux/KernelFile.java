package dev.mokha.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads files of /proc and /sys. {@link Files#readString} asks for their size, is told 0, begins
 * with one byte, and gets no more: a numeric sysctl gives its content only to a read at its
 * beginning, so that {@code 32768} becomes {@code 3}.
 */
public final class KernelFile {
  private static final int ROOM = 1 << 16;

  private KernelFile() {}

  /** The whole text, without the white space around it. */
  public static String read(Path file) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] room = new byte[ROOM];
    try (InputStream in = Files.newInputStream(file)) {
      int n;
      while ((n = in.read(room)) > 0) {
        all.write(room, 0, n);
      }
    }
    return all.toString(StandardCharsets.UTF_8).strip();
  }
}
