package dev.mokha.linux.netlink;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A range of addresses.
 *
 * @param address its first address
 * @param length bits that are fixed
 */
public record Prefix(InetAddress address, int length) {
  /** Refuses lengths that are too long, and addresses with bits beyond the length. */
  public Prefix {
    requireNonNull(address, "address");
    byte[] bytes = address.getAddress();
    if (length < 0 || length > bytes.length * 8) {
      throw new IllegalArgumentException("No prefix of that length: " + length);
    }
    for (int bit = length; bit < bytes.length * 8; bit++) {
      if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
        throw new IllegalArgumentException(
            address.getHostAddress() + "/" + length + " has bits set beyond its length");
      }
    }
  }

  /** Reads {@code 10.42.0.0/16}; without a length it is one address. */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    try {
      InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
      return slash < 0
          ? of(address)
          : new Prefix(address, Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("Not a range of addresses: " + text, e);
    }
  }

  /** One address alone. */
  public static Prefix of(InetAddress address) {
    return new Prefix(address, address.getAddress().length * 8);
  }

  /** Whether an address is in it. */
  public boolean contains(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    int whole = length / 8;
    int rest = length % 8;
    return Arrays.equals(mine, 0, whole, theirs, 0, whole)
        && (rest == 0 || ((mine[whole] ^ theirs[whole]) & 0xff) >> (8 - rest) == 0);
  }

  /** Whether all of another range is in it. */
  public boolean contains(Prefix other) {
    return other.length >= length && contains(other.address);
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + length;
  }
}
