package dev.mokha.linux.netlink;

import java.util.HexFormat;

/**
 * A hardware address of six bytes.
 *
 * @param bits in the lower 48 bits
 */
public record MacAddress(long bits) {
  /** From six bytes; anything else is all zero. */
  public static MacAddress of(byte[] bytes) {
    long bits = 0;
    if (bytes.length == 6) {
      for (byte b : bytes) {
        bits = bits << 8 | (b & 0xff);
      }
    }
    return new MacAddress(bits);
  }

  /** Six bytes. */
  public byte[] bytes() {
    byte[] bytes = new byte[6];
    for (int i = 0; i < 6; i++) {
      bytes[i] = (byte) (bits >> (40 - 8 * i));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes());
  }
}
