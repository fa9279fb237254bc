package dev.mokha.registry.http;

import java.util.Optional;

/**
 * A part of something, both ends included.
 *
 * @param first position of the first byte
 * @param last position of the last byte
 */
record ByteRange(long first, long last) {
  private static final int MOST_DIGITS = 18;

  /** Its length in bytes. */
  long length() {
    return last - first + 1;
  }

  /**
   * What a Range header asks for (RFC 9110, section 14.1.2).
   *
   * @param size of the whole
   * @return empty when the header is to be ignored: it is malformed, not in bytes, or asks for
   *     several parts
   * @throws Unsatisfiable when it asks for what is not there
   */
  static Optional<ByteRange> requested(String header, long size) throws Unsatisfiable {
    String text = header.strip();
    if (!text.startsWith("bytes=") || text.indexOf(',') >= 0) {
      return Optional.empty();
    }
    String range = text.substring("bytes=".length()).strip();
    int dash = range.indexOf('-');
    if (dash < 0) {
      return Optional.empty();
    }
    String begin = range.substring(0, dash);
    String end = range.substring(dash + 1);
    if (begin.isEmpty()) {
      long suffix = number(end);
      if (suffix < 0) {
        return Optional.empty();
      }
      if (suffix == 0 || size == 0) {
        throw new Unsatisfiable();
      }
      return Optional.of(new ByteRange(Math.max(0, size - suffix), size - 1));
    }
    long first = number(begin);
    long last = end.isEmpty() ? Long.MAX_VALUE : number(end);
    if (first < 0 || last < first) {
      return Optional.empty();
    }
    if (first >= size) {
      throw new Unsatisfiable();
    }
    return Optional.of(new ByteRange(first, Math.min(last, size - 1)));
  }

  /**
   * The Content-Range of a chunk (distribution spec, "Pushing a blob in chunks"): {@code 0-1023};
   * also {@code bytes 0-1023/*}, as HTTP has it.
   *
   * @return empty when it is malformed
   */
  static Optional<ByteRange> sent(String header) {
    String text = header.strip();
    if (text.startsWith("bytes ")) {
      text = text.substring("bytes ".length()).strip();
    }
    int slash = text.indexOf('/');
    if (slash >= 0) {
      text = text.substring(0, slash);
    }
    int dash = text.indexOf('-');
    if (dash < 0) {
      return Optional.empty();
    }
    long first = number(text.substring(0, dash));
    long last = number(text.substring(dash + 1));
    return first < 0 || last < first ? Optional.empty() : Optional.of(new ByteRange(first, last));
  }

  /** A whole number; -1 for anything else. One beyond any size stays beyond it. */
  private static long number(String digits) {
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    String significant = digits.replaceFirst("^0+(?=.)", "");
    return significant.length() > MOST_DIGITS ? Long.MAX_VALUE - 1 : Long.parseLong(significant);
  }

  /** The range is not there. */
  static final class Unsatisfiable extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
