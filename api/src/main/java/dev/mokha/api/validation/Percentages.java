package dev.mokha.api.validation;

/** The rules for fields that are a number or a share: {@code 3} or {@code "25%"}. */
final class Percentages {
  private Percentages() {}

  static void check(Value value) {
    if (!value.exists()) {
      return;
    }
    if (value.node().isNumber()) {
      value.nonNegative();
    } else if (percent(value) < 0) {
      value.invalid(
          "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', "
              + " or '93%', regex used for validation is '[0-9]+%')");
    }
  }

  static void atMostAll(Value value) {
    if (percent(value) > 100) {
      value.invalid("must not be greater than 100%");
    }
  }

  static boolean isZero(Value value) {
    return value.node().isString() ? percent(value) == 0 : value.number() == 0;
  }

  /** The number before the sign, -1 when it is no share. */
  private static int percent(Value value) {
    String text = value.node().isString() ? value.text() : "";
    boolean share =
        text.length() > 1
            && text.length() < 10
            && text.endsWith("%")
            && text.chars().limit(text.length() - 1L).allMatch(c -> c >= '0' && c <= '9');
    return share ? Integer.parseInt(text.substring(0, text.length() - 1)) : -1;
  }
}
