package dev.mokha.cel.library;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as text in the forms that CEL's users know, which are those of Go. */
final class GoNumbers {
  private GoNumbers() {}

  /** The shortest text that reads back as the same number; {@code 1e+06} from a million on. */
  static String shortest(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent < -4 || exponent >= 6) {
      String all = exact.unscaledValue().abs().toString();
      String mantissa = all.length() == 1 ? all : all.charAt(0) + "." + all.substring(1);
      int amount = Math.abs(exponent);
      return (value < 0 ? "-" : "")
          + mantissa
          + "e"
          + (exponent < 0 ? "-" : "+")
          + (amount < 10 ? "0" : "")
          + amount;
    }
    return exact.toPlainString();
  }

  /** With that many places after the point. */
  static String fixed(double value, int places) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }
    return new BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** With an exponent and that many places after the point: {@code 1.234000e+03}. */
  static String scientific(double value, int places) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return fixed(value, places);
    }
    return String.format(Locale.ROOT, "%." + places + "e", value);
  }
}
