package dev.mokha.engine.content;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names content by its hash (OCI image spec, section digests).
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case hexadecimal digits
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHA512 = Pattern.compile("[0-9a-f]{128}");

  /** Refuses what is not a digest, so that one is always safe as a file name. */
  public Digest {
    requireNonNull(algorithm);
    requireNonNull(hex);
    boolean valid =
        switch (algorithm) {
          case "sha256" -> SHA256.matcher(hex).matches();
          case "sha512" -> SHA512.matcher(hex).matches();
          default -> false;
        };
    if (!valid) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "Not a digest: " + algorithm + ":" + hex);
    }
  }

  /** Reads {@code sha256:...}. */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new EngineException(EngineException.Code.CORRUPT, "Not a digest: " + text);
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** Whether a text is a digest. */
  public static boolean isDigest(String text) {
    return text.startsWith("sha256:") && SHA256.matcher(text.substring(7)).matches()
        || text.startsWith("sha512:") && SHA512.matcher(text.substring(7)).matches();
  }

  /** The SHA-256 of bytes. */
  public static Digest of(byte[] bytes) {
    return finish("sha256", newHash("sha256").digest(bytes));
  }

  /** The SHA-256 of a text in UTF-8. */
  public static Digest of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a finished hash says. */
  public static Digest finish(String algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  /** A new hash of this algorithm. */
  public MessageDigest newHash() {
    return newHash(algorithm);
  }

  /** A new hash. */
  public static MessageDigest newHash(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first twelve digits, for people. */
  public String brief() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
