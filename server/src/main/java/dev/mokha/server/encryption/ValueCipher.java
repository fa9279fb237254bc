package dev.mokha.server.encryption;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts one value.
 *
 * <p>Each value gets a key of its own: HKDF-SHA-256 (RFC 5869) of the ring's key and 32 random
 * bytes, which stand before the ciphertext. With that key AES-256-GCM (NIST SP 800-38D) encrypts
 * exactly once, so its nonce may be all zero: what GCM must never see, one key and nonce for two
 * values, would take two equal salts of 256 bits. A ring's key may therefore write without bound;
 * with plain random nonces of 96 bits it would have to be changed after 2^32 values.
 *
 * <p>The associated data are the name of the value's place in the store and what its envelope says
 * in the clear: a value that somebody moves to another place, such as another namespace's Secret,
 * does not open.
 */
public final class ValueCipher {
  static final int KEY_BYTES = 32;
  private static final int SALT_BYTES = 32;
  private static final int TAG_BITS = 128;
  private static final byte[] INFO = "mokha stored value 1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NONCE = new byte[12];
  private static final SecureRandom RANDOM = new SecureRandom();

  private ValueCipher() {}

  /**
   * Encrypts.
   *
   * @param place what the value is bound to
   */
  public static byte[] seal(KeyRing.Key key, String place, byte[] plain) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, salt, place);
      byte[] sealed = Arrays.copyOf(salt, SALT_BYTES + cipher.getOutputSize(plain.length));
      cipher.doFinal(plain, 0, plain.length, sealed, SALT_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM does not work on this Java", e);
    }
  }

  /**
   * Decrypts.
   *
   * @throws BrokenValueException when it was changed, moved, or encrypted with another key
   */
  public static byte[] open(KeyRing.Key key, String place, byte[] sealed) {
    if (sealed.length < SALT_BYTES + TAG_BITS / 8) {
      throw new BrokenValueException("it is cut off");
    }
    byte[] salt = Arrays.copyOf(sealed, SALT_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, salt, place)
          .doFinal(sealed, SALT_BYTES, sealed.length - SALT_BYTES);
    } catch (AEADBadTagException e) {
      throw new BrokenValueException("it was changed, moved, or encrypted with another key");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM does not work on this Java", e);
    }
  }

  private static Cipher cipher(int mode, KeyRing.Key key, byte[] salt, String place)
      throws GeneralSecurityException {
    SecretKey own =
        KDF.getInstance("HKDF-SHA256")
            .deriveKey(
                "AES",
                HKDFParameterSpec.ofExtract()
                    .addIKM(new SecretKeySpec(key.secret(), "HKDF"))
                    .addSalt(salt)
                    .thenExpand(INFO, KEY_BYTES));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, own, new GCMParameterSpec(TAG_BITS, NONCE));
    cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  /** A value does not open. */
  public static final class BrokenValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenValueException(String message) {
      super(message);
    }
  }
}
