package dev.mokha.network.pods;

import dev.mokha.linux.netlink.Prefix;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The addresses of a host's podCIDR. The next one is the lowest that was never used, else the one
 * given back first: clients may still hold the address of a pod that has just gone.
 *
 * <p>The first address and the last are left out: the one for the host's own use, the other since
 * it looks like a broadcast address.
 */
final class AddressPool {
  private final int first;
  private final int last;
  private int neverUsed;
  private final Set<Integer> taken = new HashSet<>();
  private final Set<Integer> rested = new LinkedHashSet<>();

  AddressPool(Prefix range) {
    if (range.address().getAddress().length != 4 || range.length() > 29) {
      throw new IllegalArgumentException(
          range + " is no range for pods: it must be IPv4 and at most /29");
    }
    int base = number(range.address());
    first = base + 2;
    last = base + (1 << (32 - range.length())) - 2;
    neverUsed = first;
  }

  /** Takes over what was written down. */
  void restore(List<String> restedAddresses, List<String> takenAddresses) {
    for (String text : restedAddresses) {
      int number = number(InetAddress.ofLiteral(text));
      if (contains(number)) {
        rested.add(number);
      }
    }
    takenAddresses.forEach(text -> take(InetAddress.ofLiteral(text)));
  }

  /** Takes that very address; false when it is not to be had. */
  boolean take(InetAddress address) {
    int number = number(address);
    if (!contains(number) || !taken.add(number)) {
      return false;
    }
    rested.remove(number);
    return true;
  }

  /** Takes the next address; empty when all are taken. */
  Optional<InetAddress> next() {
    while (neverUsed <= last) {
      int candidate = neverUsed++;
      if (!rested.contains(candidate) && taken.add(candidate)) {
        return Optional.of(address(candidate));
      }
    }
    Iterator<Integer> oldest = rested.iterator();
    if (!oldest.hasNext()) {
      return Optional.empty();
    }
    int number = oldest.next();
    oldest.remove();
    taken.add(number);
    return Optional.of(address(number));
  }

  /** Gives an address back; it rests from now. */
  void release(InetAddress address) {
    int number = number(address);
    if (taken.remove(number)) {
      rested.add(number);
    }
  }

  /** Those that rest, the longest first. */
  List<String> restedAddresses() {
    return rested.stream().map(number -> address(number).getHostAddress()).toList();
  }

  private boolean contains(int number) {
    return number >= first && number <= last;
  }

  private static int number(InetAddress address) {
    int number = 0;
    for (byte b : address.getAddress()) {
      number = number << 8 | (b & 0xff);
    }
    return number;
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(
          new byte[] {
            (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number
          });
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }
}
