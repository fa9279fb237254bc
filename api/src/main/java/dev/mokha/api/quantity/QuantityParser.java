package dev.mokha.api.quantity;

import dev.mokha.api.quantity.Quantity.Format;
import java.math.BigDecimal;

/** Reads the text form of a quantity: sign, digits with an optional point, suffix. */
final class QuantityParser {
  /** What a client is told when the text as a whole is no quantity. */
  private static final String WRONG_FORMAT =
      "quantities must match the regular expression "
          + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

  private static final String WRONG_SUFFIX = "unable to parse quantity's suffix";
  private static final String DECIMAL_SUFFIXES = "num kMGTPE";
  private static final String BINARY_SUFFIXES = "KMGTPE";

  /** More digits than a long surely holds go the exact way. */
  private static final int SURE_DIGITS = 18;

  /** Beyond these a number is out of any use, and expanding it would cost memory. */
  private static final int MOST_EXPONENT = 1000;

  private QuantityParser() {}

  static Quantity parse(String text) {
    if (text.isEmpty()) {
      throw new QuantityFormatException(WRONG_FORMAT);
    }
    int start = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
    int whole = digitsFrom(text, start);
    int end = whole;
    int fraction = 0;
    if (end < text.length() && text.charAt(end) == '.') {
      end = digitsFrom(text, end + 1);
      fraction = end - whole - 1;
    }
    if (whole - start + fraction == 0) {
      throw new QuantityFormatException(WRONG_FORMAT);
    }
    String suffix = text.substring(end);
    requireSuffixCharacters(suffix);
    String digits =
        fraction == 0
            ? text.substring(start, whole)
            : text.substring(start, whole) + text.substring(whole + 1, end);
    boolean negative = text.charAt(0) == '-';
    if (suffix.length() == 2 && suffix.charAt(1) == 'i') {
      int power = BINARY_SUFFIXES.indexOf(suffix.charAt(0)) + 1;
      if (power == 0) {
        throw new QuantityFormatException(WRONG_SUFFIX);
      }
      return Quantity.binary(exact(digits, -fraction, negative), power);
    }
    boolean exponential = isExponent(suffix);
    Format format = exponential ? Format.DECIMAL_EXPONENT : Format.DECIMAL_SI;
    int scale = (exponential ? exponent(suffix) : decimalExponent(suffix)) - fraction;
    if (digits.length() <= SURE_DIGITS && scale >= -9) {
      long value = Long.parseLong(digits);
      return Quantity.decimal(negative ? -value : value, scale, format);
    }
    return Quantity.of(exact(digits, scale, negative), format);
  }

  /** The suffix of a power of ten that is a multiple of three between -9 and 18. */
  static String decimalSuffix(int exponent) {
    int at = exponent / 3 + 3;
    return exponent == 0 ? "" : DECIMAL_SUFFIXES.substring(at, at + 1);
  }

  private static BigDecimal exact(String digits, int scale, boolean negative) {
    BigDecimal value = new BigDecimal(digits).scaleByPowerOfTen(scale);
    return negative ? value.negate() : value;
  }

  private static int digitsFrom(String text, int at) {
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private static void requireSuffixCharacters(String suffix) {
    int at = 0;
    while (at < suffix.length() && "eEinumkKMGTP".indexOf(suffix.charAt(at)) >= 0) {
      at++;
    }
    if (at < suffix.length() && (suffix.charAt(at) == '-' || suffix.charAt(at) == '+')) {
      at++;
    }
    if (digitsFrom(suffix, at) != suffix.length()) {
      throw new QuantityFormatException(WRONG_FORMAT);
    }
  }

  private static boolean isExponent(String suffix) {
    return suffix.length() > 1 && (suffix.charAt(0) == 'e' || suffix.charAt(0) == 'E');
  }

  private static int exponent(String suffix) {
    try {
      int exponent = Integer.parseInt(suffix.substring(1));
      if (Math.abs(exponent) <= MOST_EXPONENT) {
        return exponent;
      }
    } catch (NumberFormatException e) {
      // Told below in the same words.
    }
    throw new QuantityFormatException(WRONG_SUFFIX);
  }

  private static int decimalExponent(String suffix) {
    if (suffix.isEmpty()) {
      return 0;
    }
    int at = suffix.length() == 1 ? DECIMAL_SUFFIXES.indexOf(suffix.charAt(0)) : -1;
    if (at < 0) {
      throw new QuantityFormatException(WRONG_SUFFIX);
    }
    return (at - 3) * 3;
  }
}
