package dev.mokha.api.validation;

/** How many bytes a text stands for. */
final class Sizes {
  private Sizes() {}

  static long utf8(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  static long base64(String text) {
    long bytes = text.length() / 4L * 3;
    return bytes - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
  }
}
