package dev.mokha.server.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** The head of an HTTP/1.1 answer, read from a raw connection. */
final class UpgradeHead {
  private static final int MOST_BYTES = 64 << 10;

  private final int status;
  private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
  private final Buffer rest;

  private UpgradeHead(String head, Buffer rest) {
    String[] lines = head.split("\r\n");
    String[] words = lines[0].split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
      throw new IllegalArgumentException("the other end does not speak HTTP: " + lines[0]);
    }
    this.status = Integer.parseInt(words[1]);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        headers.add(lines[i].substring(0, colon), lines[i].substring(colon + 1).trim());
      }
    }
    this.rest = rest;
  }

  /**
   * Reads a head.
   *
   * @return null while it is not complete
   * @throws IllegalArgumentException when it is none
   */
  static UpgradeHead read(Buffer bytes) {
    String text = bytes.toString(StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      if (bytes.length() > MOST_BYTES) {
        throw new IllegalArgumentException("the other end's headers are too long");
      }
      return null;
    }
    return new UpgradeHead(text.substring(0, end), bytes.getBuffer(end + 4, bytes.length()));
  }

  int status() {
    return status;
  }

  MultiMap headers() {
    return headers;
  }

  /** What came after the head: the beginning of the upgraded stream, or of a body. */
  Buffer rest() {
    return rest;
  }
}
