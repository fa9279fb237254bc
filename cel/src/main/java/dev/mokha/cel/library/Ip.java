package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.OpaqueValue;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** An IP address. Immutable. */
public final class Ip implements OpaqueValue {
  /** The type's name. */
  public static final String TYPE = "net.IP";

  private static final Pattern V4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

  private final byte[] bytes;

  private Ip(byte[] bytes) {
    this.bytes = bytes;
  }

  static Ip of(byte[] bytes) {
    return new Ip(bytes.clone());
  }

  /**
   * Reads an address.
   *
   * @throws CelEvaluationException for other texts, zones, and IPv4 in IPv6
   */
  static Ip parse(String text) {
    InetAddress address = null;
    if (text.indexOf('%') > 0 && text.indexOf(':') >= 0) {
      throw new CelEvaluationException(
          "IP address " + TextFunctions.quote(text) + " with zone value is not allowed");
    }
    try {
      if (V4.matcher(text).matches()) {
        address = Inet4Address.ofLiteral(text);
      } else if (text.indexOf(':') >= 0 && text.indexOf('[') < 0) {
        address = Inet6Address.ofLiteral(text);
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    if (address == null) {
      throw new CelEvaluationException(
          "IP Address %1$s parse error during conversion from string: ParseAddr(%1$s): unable to parse IP"
              .formatted(TextFunctions.quote(text)));
    }
    if (address instanceof Inet4Address && text.indexOf(':') >= 0) {
      throw new CelEvaluationException(
          "IPv4-mapped IPv6 address " + TextFunctions.quote(text) + " is not allowed");
    }
    return new Ip(address.getAddress());
  }

  byte[] bytes() {
    return bytes.clone();
  }

  int bits() {
    return bytes.length * 8;
  }

  long family() {
    return bytes.length == 4 ? 4 : 6;
  }

  InetAddress address() {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isLinkLocalMulticast() {
    return bytes.length == 4
        ? (bytes[0] & 0xff) == 224 && bytes[1] == 0 && bytes[2] == 0
        : (bytes[0] & 0xff) == 0xff && (bytes[1] & 0x0f) == 2;
  }

  boolean isGlobalUnicast() {
    InetAddress a = address();
    boolean broadcast = bytes.length == 4 && Arrays.equals(bytes, new byte[] {-1, -1, -1, -1});
    return !broadcast
        && !a.isAnyLocalAddress()
        && !a.isLoopbackAddress()
        && !a.isMulticastAddress()
        && !a.isLinkLocalAddress();
  }

  @Override
  public String typeName() {
    return TYPE;
  }

  @Override
  public long costSize() {
    return bytes.length;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Ip other && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The canonical form (RFC 5952). */
  @Override
  public String toString() {
    if (bytes.length == 4) {
      return address().getHostAddress();
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > bestLength) {
        best = i;
        bestLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        text.append("::");
        i += bestLength - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
