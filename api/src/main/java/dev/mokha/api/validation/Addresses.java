package dev.mokha.api.validation;

import java.net.InetAddress;

/** The rules for IP addresses and ranges in text. */
final class Addresses {
  static final String WRONG = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

  private Addresses() {}

  static void check(Value address) {
    if (!isAddress(address.text())) {
      address.invalid(WRONG);
    }
  }

  static boolean isAddress(String text) {
    return bits(text) > 0;
  }

  static boolean isIpv6(String text) {
    return bits(text) == 128;
  }

  static void checkRange(Value range) {
    if (!isRange(range.text())) {
      range.invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
  }

  static boolean isRange(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return false;
    }
    String length = text.substring(slash + 1);
    boolean digits =
        !length.isEmpty()
            && length.length() < 4
            && length.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits
        && bits(text.substring(0, slash)) >= Integer.parseInt(length)
        && isAddress(text.substring(0, slash));
  }

  /** Whether every address of the one range is in the other, and not the other way round too. */
  static boolean isStrictSubset(String inner, String outer) {
    int slash = inner.indexOf('/');
    int bits = Integer.parseInt(inner.substring(slash + 1));
    int outerSlash = outer.indexOf('/');
    int outerBits = Integer.parseInt(outer.substring(outerSlash + 1));
    byte[] a = InetAddress.ofLiteral(inner.substring(0, slash)).getAddress();
    byte[] b = InetAddress.ofLiteral(outer.substring(0, outerSlash)).getAddress();
    if (a.length != b.length || bits <= outerBits) {
      return false;
    }
    for (int bit = 0; bit < outerBits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((a[bit / 8] & mask) != (b[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** 32, 128, or 0 for what is no address. */
  private static int bits(String text) {
    if (text.indexOf(':') >= 0) {
      try {
        return text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.')
                && InetAddress.ofLiteral(text) != null
            ? 128
            : 0;
      } catch (IllegalArgumentException e) {
        return 0;
      }
    }
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return 0;
    }
    for (String part : parts) {
      boolean number =
          !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(c -> c >= '0' && c <= '9');
      boolean padded = part.length() > 1 && part.charAt(0) == '0';
      if (!number || padded || Integer.parseInt(part) > 255) {
        return 0;
      }
    }
    return 32;
  }
}
