package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.OpaqueValue;

/**
 * A range of addresses, such as {@code 10.0.0.0/8}.
 *
 * @param ip as it was written, bits beyond the prefix included
 * @param prefix how many bits are fixed
 */
record Cidr(Ip ip, int prefix) implements OpaqueValue {
  static final String TYPE = "net.CIDR";

  static Cidr parse(String text) {
    int slash = text.lastIndexOf('/');
    String bits = text.substring(slash + 1);
    if (slash >= 0 && bits.matches("0|[1-9][0-9]{0,2}")) {
      Ip ip;
      try {
        ip = Ip.parse(text.substring(0, slash));
      } catch (CelEvaluationException e) {
        if (e.getMessage().contains("mapped")) {
          throw new CelEvaluationException(
              "network address parse error during conversion from string: IPv4-mapped IPv6 address "
                  + TextFunctions.quote(text)
                  + " is not allowed");
        }
        throw unparsable(text, "unable to parse IP");
      }
      if (Integer.parseInt(bits) <= ip.bits()) {
        return new Cidr(ip, Integer.parseInt(bits));
      }
      throw unparsable(text, "prefix length out of range");
    }
    throw unparsable(
        text, slash < 0 ? "no '/'" : "bad bits after slash: " + TextFunctions.quote(bits));
  }

  private static CelEvaluationException unparsable(String text, String why) {
    return new CelEvaluationException(
        "network address parse error during conversion from string: network address parse error"
            + " during conversion from string: netip.ParsePrefix(%s): %s"
                .formatted(TextFunctions.quote(text), why));
  }

  boolean contains(Ip other) {
    if (other.bits() != ip.bits()) {
      return false;
    }
    byte[] a = ip.bytes();
    byte[] b = other.bytes();
    for (int bit = 0; bit < prefix; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((a[bit / 8] & mask) != (b[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  boolean contains(Cidr other) {
    return prefix <= other.prefix && contains(other.ip);
  }

  Cidr masked() {
    byte[] bytes = ip.bytes();
    for (int bit = prefix; bit < ip.bits(); bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return new Cidr(Ip.of(bytes), prefix);
  }

  @Override
  public String typeName() {
    return TYPE;
  }

  @Override
  public long costSize() {
    return (prefix + 7) / 8;
  }

  @Override
  public String toString() {
    return ip + "/" + prefix;
  }
}
