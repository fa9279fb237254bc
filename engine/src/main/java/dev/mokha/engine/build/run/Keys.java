package dev.mokha.engine.build.run;

import dev.mokha.engine.content.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Digests of lists of texts, in which no two lists are alike. */
final class Keys {
  /** To be raised when what a step does changes, so that old results are not taken. */
  private static final String VERSION = "mokha-build-1";

  private Keys() {}

  static String of(List<String> parts) {
    MessageDigest hash = Digest.newHash("sha256");
    hash.update(VERSION.getBytes(StandardCharsets.UTF_8));
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      hash.update(Integer.toString(bytes.length).getBytes(StandardCharsets.UTF_8));
      hash.update((byte) ':');
      hash.update(bytes);
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  static String of(String... parts) {
    return of(List.of(parts));
  }
}
