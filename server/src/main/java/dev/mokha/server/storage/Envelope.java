package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A stored value: the bytes {@code format, length and text of the key id, length and text of the
 * storage version, payload}.
 *
 * <p>The format number comes first so that a later program can tell what it reads. The key id names
 * the key the payload is encrypted with, empty when it is not. The payload is the object's JSON
 * without resourceVersion, which only the commit decides; {@link StoredValues} encrypts it.
 *
 * @param keyId names the encryption key; empty for plain
 * @param apiVersion the version the payload is in, such as {@code apps/v1}
 * @param payload the object, or what it was encrypted to
 */
record Envelope(String keyId, String apiVersion, byte[] payload) {
  /** The format this program writes, and the only one there has been. */
  static final int FORMAT = 1;

  Envelope {
    requireNonNull(keyId, "keyId");
    requireNonNull(apiVersion, "apiVersion");
    requireNonNull(payload, "payload");
  }

  byte[] encode() {
    ByteArrayOutputStream out =
        new ByteArrayOutputStream(payload.length + keyId.length() + apiVersion.length() + 3);
    out.write(FORMAT);
    text(out, keyId);
    text(out, apiVersion);
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /**
   * Reads a stored value.
   *
   * @param key for the error message
   * @throws StoreException when the value is of an unknown format or cut off
   */
  static Envelope decode(String key, byte[] value) {
    if (value.length < 3 || value[0] != FORMAT) {
      throw new StoreException(
          "the stored object %s has format %s, which this program does not know; start the version that wrote it"
              .formatted(key, value.length == 0 ? "none" : value[0]),
          null);
    }
    int keyLength = value[1] & 0xff;
    int versionAt = 2 + keyLength;
    if (versionAt >= value.length || versionAt + 1 + (value[versionAt] & 0xff) > value.length) {
      throw new StoreException("the stored object " + key + " is cut off; restore a backup", null);
    }
    int versionLength = value[versionAt] & 0xff;
    String keyId = new String(value, 2, keyLength, StandardCharsets.UTF_8);
    String version = new String(value, versionAt + 1, versionLength, StandardCharsets.UTF_8);
    return new Envelope(
        keyId, version, Arrays.copyOfRange(value, versionAt + 1 + versionLength, value.length));
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 255) {
      throw new IllegalArgumentException("at most 255 bytes: " + text);
    }
    out.write(bytes.length);
    out.writeBytes(bytes);
  }
}
