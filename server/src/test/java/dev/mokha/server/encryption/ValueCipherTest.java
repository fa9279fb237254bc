package dev.mokha.server.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.server.encryption.KeyRing.Key;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sealing and opening single values. */
final class ValueCipherTest {
  private static final Key KEY = key("k1", 1);
  private static final byte[] PLAIN = "the password is swordfish".getBytes(StandardCharsets.UTF_8);

  private static Key key(String id, int fill) {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) fill);
    return new Key(id, secret);
  }

  @Test
  void whatWasSealedOpensInItsPlace() {
    byte[] sealed = ValueCipher.seal(KEY, "/a", PLAIN);
    assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("swordfish");
    assertThat(ValueCipher.open(KEY, "/a", sealed)).isEqualTo(PLAIN);
  }

  @Test
  void theSameValueLooksDifferentEachTime() {
    assertThat(ValueCipher.seal(KEY, "/a", PLAIN)).isNotEqualTo(ValueCipher.seal(KEY, "/a", PLAIN));
  }

  @Test
  void itOpensNowhereElseAndWithNoOtherKey() {
    byte[] sealed = ValueCipher.seal(KEY, "/a", PLAIN);
    assertThatThrownBy(() -> ValueCipher.open(KEY, "/b", sealed))
        .isInstanceOf(ValueCipher.BrokenValueException.class);
    assertThatThrownBy(() -> ValueCipher.open(key("k1", 2), "/a", sealed))
        .isInstanceOf(ValueCipher.BrokenValueException.class);
  }

  @Test
  void everyChangedOrMissingByteIsSeen() {
    byte[] sealed = ValueCipher.seal(KEY, "/a", PLAIN);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> ValueCipher.open(KEY, "/a", changed))
          .isInstanceOf(ValueCipher.BrokenValueException.class);
      byte[] cut = Arrays.copyOf(sealed, i);
      assertThatThrownBy(() -> ValueCipher.open(KEY, "/a", cut))
          .isInstanceOf(ValueCipher.BrokenValueException.class);
    }
  }

  @Test
  void aRingRefusesWhatIsNoKey() {
    assertThatThrownBy(() -> new Key("short", new byte[16]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 bytes");
    assertThatThrownBy(() -> new KeyRing(List.of())).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KeyRing(List.of(KEY, key("k1", 2))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
