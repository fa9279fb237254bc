package dev.mokha.server.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.encryption.KeyRing;
import dev.mokha.server.encryption.ValueCipher;
import dev.mokha.store.StoreException;

/** From an object's text to the stored value and back; encrypted where it is to be. */
final class StoredValues {
  private final Encryption encryption;

  StoredValues(Encryption encryption) {
    this.encryption = requireNonNull(encryption, "encryption");
  }

  boolean encrypts(StorageResource resource) {
    return !encryption.resources().isEmpty()
        && encryption.resources().contains(resource.group() + "/" + resource.resource());
  }

  /** The value to store under that key. */
  byte[] write(StorageResource resource, String key, byte[] json) {
    String version = resource.stored().apiVersion();
    if (!encrypts(resource)) {
      return new Envelope("", version, json).encode();
    }
    KeyRing.Key first = encryption.keys().first();
    byte[] sealed = ValueCipher.seal(first, place(key, first.id(), version), json);
    return new Envelope(first.id(), version, sealed).encode();
  }

  /**
   * The object's text.
   *
   * @throws StoreException when the value can't be read, with what to do about it
   */
  byte[] read(String key, byte[] value) {
    Envelope envelope = Envelope.decode(key, value);
    if (envelope.keyId().isEmpty()) {
      return envelope.payload();
    }
    KeyRing.Key used =
        encryption.keys() == null ? null : encryption.keys().find(envelope.keyId()).orElse(null);
    if (used == null) {
      throw new StoreException(
          "the stored object %s is encrypted with the key %s, which is not here; put the key back into the file of encryption keys"
              .formatted(key, envelope.keyId()),
          null);
    }
    try {
      return ValueCipher.open(
          used, place(key, envelope.keyId(), envelope.apiVersion()), envelope.payload());
    } catch (ValueCipher.BrokenValueException e) {
      throw new StoreException(
          "the stored object %s does not open with its key %s: %s; restore it from a backup"
              .formatted(key, envelope.keyId(), e.getMessage()),
          e);
    }
  }

  /** True when a write would store the value otherwise: in the clear, or with another key. */
  boolean isStale(StorageResource resource, String key, byte[] value) {
    String wanted = encrypts(resource) ? encryption.keys().first().id() : "";
    return !Envelope.decode(key, value).keyId().equals(wanted);
  }

  private static String place(String key, String keyId, String version) {
    return Envelope.FORMAT + "\n" + key + "\n" + keyId + "\n" + version;
  }
}
