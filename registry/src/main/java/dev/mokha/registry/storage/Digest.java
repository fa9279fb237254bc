package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names content by its hash (OCI image spec, "Digests"); safe as a file name.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case hexadecimal digits
 */
public record Digest(String algorithm, String hex) implements Reference {
  /** What most digests are made with. */
  public static final String SHA256 = "sha256";

  /** The other registered algorithm. */
  public static final String SHA512 = "sha512";

  /** Refuses what is no digest. */
  public Digest {
    requireNonNull(algorithm, "algorithm");
    requireNonNull(hex, "hex");
    if (hex.length() != digits(algorithm) || !hex.chars().allMatch(Digest::isHex)) {
      throw invalid(algorithm + ":" + hex);
    }
  }

  private static boolean isHex(int c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
  }

  private static int digits(String algorithm) {
    return switch (algorithm) {
      case SHA256 -> 64;
      case SHA512 -> 128;
      default -> -1;
    };
  }

  private static RegistryException invalid(String text) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
    return new RegistryException(
        ErrorCode.DIGEST_INVALID,
        "\"" + shown + "\" is not a digest; it must be sha256:HEX or sha512:HEX");
  }

  /** Reads {@code sha256:...}. */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw invalid(text);
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** Whether content can be named by this algorithm here. */
  public static boolean supports(String algorithm) {
    return digits(algorithm) > 0;
  }

  /** The digest of bytes. */
  public static Digest of(String algorithm, byte[] content) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash(algorithm).digest(content)));
  }

  /** What a hash says that is fed; it starts anew. */
  public static Digest finished(String algorithm, MessageDigest hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash.digest()));
  }

  /** A new hash of an algorithm. */
  public static MessageDigest hash(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals(SHA512) ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
