package dev.mokha.network.bridges.addressing;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.bridges.ContainerNetworks.AddressPool;
import dev.mokha.network.bridges.NetworkException;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.NetworkSpec;
import dev.mokha.network.bridges.NetworkSpec.Pool;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * From the subnets that were asked for to those a network gets.
 *
 * @param pools where subnets are chosen from
 * @param ula the instance's own IPv6 range, a /48 of fd00::/8 (RFC 4193), cut into /64s
 * @param reserved ranges nobody may have
 */
public record SubnetPlan(List<AddressPool> pools, Prefix ula, List<Prefix> reserved) {
  private static final int ULA_SUBNET = 64;

  /**
   * "This network", loopback, multicast and what is above (RFC 6890): with these on a bridge, the
   * host would no longer reach itself.
   */
  private static final List<Prefix> UNUSABLE =
      List.of(
          Prefix.parse("0.0.0.0/8"),
          Prefix.parse("127.0.0.0/8"),
          Prefix.parse("224.0.0.0/3"),
          Prefix.parse("::/127"),
          Prefix.parse("ff00::/8"));

  /** Copies what may change. */
  public SubnetPlan {
    requireNonNull(ula, "ula");
    pools = List.copyOf(pools);
    reserved = List.copyOf(reserved);
  }

  /**
   * The subnets of a network, IPv4 first.
   *
   * @param present other networks' subnets
   * @param host ranges that the host has routes to; avoided where the choice is ours
   */
  public List<Subnet> plan(NetworkSpec spec, Collection<Prefix> present, Collection<Prefix> host) {
    List<Subnet> four = new ArrayList<>();
    List<Subnet> six = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    List<Prefix> taken = new ArrayList<>(present);
    taken.addAll(reserved);
    for (Pool pool : spec.pools()) {
      boolean isSix = (pool.subnet() + pool.gateway() + pool.ipRange()).indexOf(':') >= 0;
      if (isSix ? !spec.enableIpv6() : !spec.enableIpv4()) {
        continue;
      }
      Subnet subnet =
          pool.subnet().isEmpty()
              ? chosen(pool, isSix ? ula(taken, host) : choose(taken, host), errors)
              : checked(pool, errors);
      if (subnet != null) {
        (isSix ? six : four).add(subnet);
      }
    }
    if (!errors.isEmpty()) {
      throw new NetworkException(
          Reason.INVALID, "invalid network config:\n" + String.join("\n", errors));
    }
    if (four.size() > 1 || six.size() > 1) {
      throw new NetworkException(
          Reason.FORBIDDEN, "bridge driver doesn't support multiple subnets");
    }
    for (List<Subnet> chosen : List.of(four, six)) {
      for (Subnet subnet : chosen) {
        if (taken.stream().anyMatch(other -> AddressNumbers.overlap(subnet.prefix(), other))) {
          throw new NetworkException(
              Reason.FORBIDDEN,
              "invalid pool request: Pool overlaps with other one on this address space");
        }
      }
    }
    if (spec.enableIpv4() && four.isEmpty()) {
      four.add(Subnet.of(choose(taken, host)));
    }
    if (spec.enableIpv6() && six.isEmpty()) {
      six.add(Subnet.of(ula(taken, host)));
    }
    four.addAll(six);
    return four;
  }

  private Prefix choose(Collection<Prefix> taken, Collection<Prefix> host) {
    for (AddressPool pool : pools) {
      Prefix found = cut(Prefix.parse(pool.base()), pool.size(), taken, host);
      if (found != null) {
        return found;
      }
    }
    throw exhausted();
  }

  private Prefix ula(Collection<Prefix> taken, Collection<Prefix> host) {
    Prefix found = cut(ula, ULA_SUBNET, taken, host);
    if (found == null) {
      throw exhausted();
    }
    return found;
  }

  private static NetworkException exhausted() {
    return new NetworkException(
        Reason.INVALID, "all predefined address pools have been fully subnetted");
  }

  private static Prefix cut(
      Prefix base, int length, Collection<Prefix> taken, Collection<Prefix> host) {
    BigInteger last = AddressNumbers.last(base);
    Prefix candidate = new Prefix(base.address(), length);
    while (base.contains(candidate)) {
      Prefix current = candidate;
      if (taken.stream().noneMatch(other -> AddressNumbers.overlap(current, other))
          && host.stream().noneMatch(other -> AddressNumbers.overlap(current, other))) {
        return candidate;
      }
      BigInteger next = AddressNumbers.first(candidate).add(AddressNumbers.size(candidate));
      if (next.compareTo(last) > 0) {
        return null;
      }
      candidate = new Prefix(AddressNumbers.address(next, base.address()), length);
    }
    return null;
  }

  private static Subnet chosen(Pool pool, Prefix prefix, List<String> errors) {
    return checked(
        new Pool(Subnet.text(prefix), pool.ipRange(), pool.gateway(), pool.auxiliary()), errors);
  }

  private static Subnet checked(Pool pool, List<String> errors) {
    int before = errors.size();
    Prefix prefix = prefix("subnet", pool.subnet(), errors);
    if (prefix == null) {
      return null;
    }
    String text = Subnet.text(prefix);
    if (UNUSABLE.stream().anyMatch(range -> AddressNumbers.overlap(prefix, range))) {
      errors.add("invalid subnet " + text + ": these addresses are no network's; choose others");
      return null;
    }
    if (!pool.ipRange().isEmpty()) {
      Prefix range = prefix("ip-range", pool.ipRange(), errors);
      if (range != null && range.length() < prefix.length()) {
        errors.add(
            "invalid ip-range "
                + pool.ipRange()
                + ": CIDR block is bigger than its parent subnet "
                + text);
      } else if (range != null && !prefix.contains(range)) {
        errors.add(
            "invalid ip-range "
                + pool.ipRange()
                + ": parent subnet "
                + text
                + " doesn't contain ip-range");
      }
    }
    if (!pool.gateway().isEmpty()) {
      address("gateway", pool.gateway(), prefix, errors);
    }
    Map<String, String> auxiliary = new TreeMap<>(pool.auxiliary());
    auxiliary.forEach((name, value) -> address("auxiliary address", value, prefix, errors));
    return errors.size() == before ? Subnet.of(pool) : null;
  }

  private static Prefix prefix(String what, String text, List<String> errors) {
    int slash = text.indexOf('/');
    try {
      if (slash < 0) {
        throw new IllegalArgumentException("no length");
      }
      InetAddress address = InetAddress.ofLiteral(text.substring(0, slash));
      int length = Integer.parseInt(text.substring(slash + 1));
      int bits = address.getAddress().length * 8;
      if (length < 0 || length > bits) {
        throw new IllegalArgumentException("no such length");
      }
      BigInteger number =
          AddressNumbers.number(address).shiftRight(bits - length).shiftLeft(bits - length);
      Prefix prefix = new Prefix(AddressNumbers.address(number, address), length);
      if (!prefix.address().equals(address)) {
        errors.add("invalid " + what + " " + text + ": it should be " + Subnet.text(prefix));
        return null;
      }
      return prefix;
    } catch (IllegalArgumentException e) {
      errors.add("invalid " + what + " " + text + ": invalid CIDR block notation");
      return null;
    }
  }

  private static void address(String what, String text, Prefix parent, List<String> errors) {
    try {
      if (!parent.contains(InetAddress.ofLiteral(text))) {
        errors.add(
            "invalid "
                + what
                + " "
                + text
                + ": parent subnet "
                + Subnet.text(parent)
                + " doesn't contain this address");
      }
    } catch (IllegalArgumentException e) {
      errors.add("invalid " + what + " " + text + ": invalid address");
    }
  }
}
