package dev.mokha.api.object;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Puts a resourceVersion into an object's JSON text as the first field of its metadata. */
final class RevisionSplice {
  private static final byte[] METADATA = bytes("\"metadata\":{");

  private RevisionSplice() {}

  /**
   * The text with the revision in it.
   *
   * @param present the revision the text has already; empty for none
   * @return null when the text is not in the form this can do: whoever wrote it put the metadata
   *     elsewhere, or the present revision not first in it
   */
  static byte[] into(byte[] json, String present, String revision) {
    int at = metadataStart(json);
    if (at < 0 || at >= json.length) {
      return null;
    }
    int resume = at;
    if (!present.isEmpty()) {
      byte[] old = bytes("\"resourceVersion\":\"" + present + "\"");
      if (!startsWith(json, at, old)) {
        return null;
      }
      resume = at + old.length;
      if (json[resume] == ',') {
        resume++;
      }
    }
    boolean last = json[resume] == '}';
    byte[] field = bytes("\"resourceVersion\":\"" + revision + (last ? "\"" : "\","));
    byte[] out = new byte[at + field.length + json.length - resume];
    System.arraycopy(json, 0, out, 0, at);
    System.arraycopy(field, 0, out, at, field.length);
    System.arraycopy(json, resume, out, at + field.length, json.length - resume);
    return out;
  }

  /** The index just inside the braces of the top-level metadata, or -1. */
  private static int metadataStart(byte[] json) {
    int depth = 0;
    for (int i = 0; i < json.length; i++) {
      switch (json[i]) {
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '"' -> {
          if (depth == 1 && startsWith(json, i, METADATA)) {
            return i + METADATA.length;
          }
          i = endOfString(json, i);
        }
        default -> {}
      }
    }
    return -1;
  }

  private static int endOfString(byte[] json, int open) {
    int i = open + 1;
    while (i < json.length && json[i] != '"') {
      i += json[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  private static boolean startsWith(byte[] json, int at, byte[] what) {
    return at + what.length < json.length
        && Arrays.equals(json, at, at + what.length, what, 0, what.length);
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
