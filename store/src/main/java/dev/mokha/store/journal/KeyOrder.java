package dev.mokha.store.journal;

import java.util.Comparator;

/**
 * Orders keys as their UTF-8 bytes compare, unsigned. That is the order of code points, which
 * {@link String#compareTo} misses where a surrogate meets a character above the surrogates.
 */
public final class KeyOrder implements Comparator<String> {
  /** The only instance. */
  public static final KeyOrder INSTANCE = new KeyOrder();

  private KeyOrder() {}

  @Override
  public int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        return Character.compare(weight(x), weight(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /**
   * Moves the surrogates, which stand for code points above U+FFFF, behind all other characters.
   */
  private static char weight(char c) {
    if (c < Character.MIN_SURROGATE) {
      return c;
    }
    return (char) (Character.isSurrogate(c) ? c + 0x2000 : c - 0x800);
  }
}
