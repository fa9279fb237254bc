package dev.mokha.network.bridges.addressing;

import dev.mokha.linux.netlink.Prefix;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses of both families as numbers. */
final class AddressNumbers {
  private AddressNumbers() {}

  static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  /** An address of as many bytes as another. */
  static InetAddress address(BigInteger number, InetAddress like) {
    byte[] bytes = new byte[like.getAddress().length];
    byte[] digits = number.toByteArray();
    int length = Math.min(bytes.length, digits.length);
    System.arraycopy(digits, digits.length - length, bytes, bytes.length - length, length);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address has four or sixteen bytes", e);
    }
  }

  static BigInteger first(Prefix prefix) {
    return number(prefix.address());
  }

  static BigInteger last(Prefix prefix) {
    return first(prefix).add(size(prefix)).subtract(BigInteger.ONE);
  }

  static BigInteger size(Prefix prefix) {
    return BigInteger.ONE.shiftLeft(prefix.address().getAddress().length * 8 - prefix.length());
  }

  static boolean overlap(Prefix one, Prefix other) {
    return one.contains(other.address()) || other.contains(one.address());
  }
}
