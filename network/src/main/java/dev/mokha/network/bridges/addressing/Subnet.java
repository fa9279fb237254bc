package dev.mokha.network.bridges.addressing;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.bridges.NetworkSpec.Pool;
import java.net.InetAddress;
import java.util.Map;
import java.util.TreeMap;

/**
 * A network's subnet of one family.
 *
 * @param prefix all of it
 * @param range the part from which endpoints get addresses
 * @param gateway the host's address
 * @param auxiliary addresses that others have, by name
 */
public record Subnet(
    Prefix prefix, Prefix range, InetAddress gateway, Map<String, InetAddress> auxiliary) {
  /** Refuses nulls. */
  public Subnet {
    requireNonNull(prefix, "prefix");
    requireNonNull(range, "range");
    requireNonNull(gateway, "gateway");
    auxiliary = Map.copyOf(auxiliary);
  }

  /** A whole range; the host has the first address. */
  public static Subnet of(Prefix prefix) {
    return new Subnet(prefix, prefix, firstHost(prefix), Map.of());
  }

  /** Reads one that was checked before. */
  public static Subnet of(Pool pool) {
    Prefix prefix = Prefix.parse(pool.subnet());
    Map<String, InetAddress> auxiliary = new TreeMap<>();
    pool.auxiliary().forEach((name, text) -> auxiliary.put(name, InetAddress.ofLiteral(text)));
    return new Subnet(
        prefix,
        pool.ipRange().isEmpty() ? prefix : Prefix.parse(pool.ipRange()),
        pool.gateway().isEmpty() ? firstHost(prefix) : InetAddress.ofLiteral(pool.gateway()),
        auxiliary);
  }

  /** As it is written down; what was not asked for is empty, except the gateway. */
  public Pool toPool() {
    Map<String, String> names = new TreeMap<>();
    auxiliary.forEach((name, address) -> names.put(name, text(address)));
    return new Pool(text(prefix), range.equals(prefix) ? "" : text(range), text(gateway), names);
  }

  /** Whether it is IPv4. */
  public boolean isIpv4() {
    return prefix.address().getAddress().length == 4;
  }

  private static InetAddress firstHost(Prefix prefix) {
    boolean single = prefix.length() == prefix.address().getAddress().length * 8;
    return single
        ? prefix.address()
        : AddressNumbers.address(
            AddressNumbers.first(prefix).add(java.math.BigInteger.ONE), prefix.address());
  }

  /** An address as people write it (RFC 5952 for IPv6). */
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    StringBuilder out = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        out.append("::");
        i += length - 1;
        continue;
      }
      if (i > 0 && i != start + length) {
        out.append(':');
      }
      out.append(Integer.toHexString(groups[i]));
    }
    return out.toString();
  }

  /** A range as people write it. */
  public static String text(Prefix prefix) {
    return text(prefix.address()) + "/" + prefix.length();
  }
}
