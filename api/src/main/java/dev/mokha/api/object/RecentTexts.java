package dev.mokha.api.object;

/**
 * Shares equal short texts between objects: thousands of pods have the same namespace and labels. A
 * fixed table, where a newer text drives out an older one; races lose only a sharing.
 */
final class RecentTexts {
  private static final int SLOTS = 4096;
  private static final String[] TEXTS = new String[SLOTS];

  private RecentTexts() {}

  /** An equal text, one seen before where possible. */
  static String shared(String text) {
    int hash = text.hashCode();
    int slot = (hash ^ hash >>> 12) & SLOTS - 1;
    String known = TEXTS[slot];
    if (text.equals(known)) {
      return known;
    }
    TEXTS[slot] = text;
    return text;
  }
}
