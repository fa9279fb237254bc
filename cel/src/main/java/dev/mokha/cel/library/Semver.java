package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.OpaqueValue;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A semantic version (semver.org 2.0.0), without the build part, which has no rank.
 *
 * @param pre the parts of the pre-release
 */
record Semver(long major, long minor, long patch, List<String> pre, List<String> build)
    implements OpaqueValue, Comparable<Semver> {
  static final String TYPE = "kubernetes.Semver";

  private static final String NUMBER = "(0|[1-9][0-9]*)";
  private static final String IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
  private static final Pattern FORM =
      Pattern.compile(
          NUMBER
              + "\\."
              + NUMBER
              + "\\."
              + NUMBER
              + "(?:-("
              + IDENTIFIERS
              + "))?(?:\\+("
              + IDENTIFIERS
              + "))?");

  static Semver parse(String text) {
    Matcher form = FORM.matcher(text);
    if (text.isEmpty()) {
      throw new CelEvaluationException("Version string empty");
    }
    if (!form.matches()) {
      throw new CelEvaluationException(
          text.split("\\.", 3).length < 3
              ? "No Major.Minor.Patch elements found"
              : "Invalid character(s) found in version " + TextFunctions.quote(text));
    }
    List<String> pre = parts(form.group(4));
    for (String part : pre) {
      if (part.length() > 1 && part.startsWith("0") && part.chars().allMatch(Character::isDigit)) {
        throw new CelEvaluationException(
            "Numeric PreRelease version must not contain leading zeroes "
                + TextFunctions.quote(part));
      }
    }
    return new Semver(
        number(form.group(1)),
        number(form.group(2)),
        number(form.group(3)),
        pre,
        parts(form.group(5)));
  }

  /** As {@link #parse}, but takes a leading v, missing parts, and leading zeros. */
  static Semver normalize(String text) {
    String rest = text.startsWith("v") ? text.substring(1) : text;
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '-' && rest.charAt(end) != '+') {
      end++;
    }
    String[] parts = rest.substring(0, end).split("\\.", -1);
    StringBuilder version = new StringBuilder();
    for (int i = 0; i < Math.max(3, parts.length); i++) {
      String part = i < parts.length ? parts[i] : "0";
      version.append(i == 0 ? "" : ".").append(part.replaceFirst("^0+(?=[0-9])", ""));
    }
    if (parts.length < 3 && end < rest.length()) {
      throw new CelEvaluationException("Short version cannot contain PreRelease/Build meta data");
    }
    return parse(version + rest.substring(end));
  }

  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new CelEvaluationException(
          "strconv.ParseUint: parsing " + TextFunctions.quote(digits) + ": value out of range");
    }
  }

  private static List<String> parts(String dotted) {
    return dotted == null ? List.of() : List.of(dotted.split("\\.", -1));
  }

  @Override
  public int compareTo(Semver other) {
    int c = Long.compare(major, other.major);
    c = c != 0 ? c : Long.compare(minor, other.minor);
    c = c != 0 ? c : Long.compare(patch, other.patch);
    if (c != 0 || pre.equals(other.pre)) {
      return c;
    }
    if (pre.isEmpty() || other.pre.isEmpty()) {
      return pre.isEmpty() ? 1 : -1;
    }
    for (int i = 0; i < Math.min(pre.size(), other.pre.size()); i++) {
      c = compareParts(pre.get(i), other.pre.get(i));
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(pre.size(), other.pre.size());
  }

  private static int compareParts(String a, String b) {
    boolean x = a.chars().allMatch(Character::isDigit);
    boolean y = b.chars().allMatch(Character::isDigit);
    if (x && y) {
      return new BigInteger(a).compareTo(new BigInteger(b));
    }
    return x ? -1 : y ? 1 : Integer.signum(a.compareTo(b));
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Semver other && compareTo(other) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(major * 31 * 31 + minor * 31 + patch) + pre.hashCode();
  }

  @Override
  public String typeName() {
    return TYPE;
  }

  @Override
  public String toString() {
    return major
        + "."
        + minor
        + "."
        + patch
        + (pre.isEmpty() ? "" : "-" + String.join(".", pre))
        + (build.isEmpty() ? "" : "+" + String.join(".", build));
  }
}
