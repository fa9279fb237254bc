package dev.mokha.server.services;

import java.net.InetAddress;
import java.util.random.RandomGenerator;

/**
 * A range of IPv4 addresses, such as {@code 10.43.0.0/16}.
 *
 * @param base the network's address as a number
 * @param size how many addresses there are, the network's and the broadcast address included
 */
public record AddressRange(long base, long size) {
  /** Reads the CIDR form. */
  public static AddressRange of(String cidr) {
    int slash = cidr.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not a CIDR: " + cidr);
    }
    int bits = Integer.parseInt(cidr.substring(slash + 1));
    if (bits < 8 || bits > 30) {
      throw new IllegalArgumentException("a service range has a prefix from /8 to /30: " + cidr);
    }
    long size = 1L << (32 - bits);
    long base = number(cidr.substring(0, slash));
    return new AddressRange(base & -size, size);
  }

  /** The address as a number; -1 when the text is no IPv4 address. */
  static long number(String address) {
    byte[] bytes;
    try {
      bytes = InetAddress.ofLiteral(address).getAddress();
    } catch (IllegalArgumentException e) {
      return -1;
    }
    if (bytes.length != 4) {
      return -1;
    }
    long number = 0;
    for (byte b : bytes) {
      number = number << 8 | (b & 0xff);
    }
    return number;
  }

  static String text(long number) {
    return "%d.%d.%d.%d"
        .formatted(number >> 24 & 0xff, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
  }

  /** Whether a service may have that address. */
  boolean holds(String address) {
    long n = number(address);
    return n > base && n < base + size - 1;
  }

  /**
   * An address for whoever does not care which. The lowest ones are left to those who do, as
   * KEP-3070 has it.
   */
  long candidate(RandomGenerator random) {
    long reserved = Math.min(Math.max(16, size / 16), 256);
    long from = size - 2 > 2 * reserved ? reserved : 1;
    return base + from + random.nextLong(size - 1 - from);
  }
}
