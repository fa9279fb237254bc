package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The keys by which somebody at a terminal lets go of it without ending what runs there. */
final class DetachKeys {
  private static final byte[] USUAL = {16, 17}; // ctrl-p, ctrl-q

  private final byte[] keys;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  /**
   * Reads {@code ctrl-p,ctrl-q} or {@code a,b}; empty for the usual ones.
   *
   * @throws DockerException 400 when there is no such key
   */
  static DetachKeys parse(String text) {
    if (text.isEmpty()) {
      return new DetachKeys(USUAL);
    }
    String[] names = text.split(",", -1);
    byte[] keys = new byte[names.length];
    for (int i = 0; i < names.length; i++) {
      keys[i] = key(names[i], text);
    }
    return new DetachKeys(keys);
  }

  private static byte key(String name, String text) {
    if (name.length() == 1 && name.charAt(0) < 128) {
      return (byte) name.charAt(0);
    }
    if (name.length() == 6 && name.startsWith("ctrl-")) {
      char letter = Character.toUpperCase(name.charAt(5));
      if (letter >= '@' && letter <= '_') {
        return (byte) (letter & 0x1f);
      }
    }
    throw DockerException.invalid("Invalid escape keys (" + text + ") provided");
  }

  /**
   * Passes on what comes until the end or the keys; bytes that began like the keys but were not are
   * passed on late.
   *
   * @return whether it was the keys
   */
  boolean copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 12];
    int matched = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      int from = 0;
      for (int i = 0; i < n; i++) {
        if (buffer[i] == keys[matched]) {
          if (matched == 0) {
            out.write(buffer, from, i - from);
          }
          matched++;
          from = i + 1;
          if (matched == keys.length) {
            return true;
          }
        } else if (matched > 0) {
          out.write(keys, 0, matched);
          matched = 0;
          from = i;
          if (buffer[i] == keys[0]) {
            matched = 1;
            from = i + 1;
          }
        }
      }
      if (from < n) {
        out.write(buffer, from, n - from);
      }
      out.flush();
    }
    return false;
  }
}
