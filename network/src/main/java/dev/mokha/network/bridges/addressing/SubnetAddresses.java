package dev.mokha.network.bridges.addressing;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The addresses of one subnet: the lowest free one of the range is next, as Docker's users see it.
 * The host's address, those of others, the network's own and IPv4's broadcast address are never
 * given. Not safe for several threads.
 */
public final class SubnetAddresses {
  private final Subnet subnet;
  private final BigInteger first;
  private final BigInteger last;
  private final Set<BigInteger> taken = new HashSet<>();

  /** All of them are free. */
  public SubnetAddresses(Subnet subnet) {
    this.subnet = requireNonNull(subnet, "subnet");
    BigInteger lowest = AddressNumbers.first(subnet.prefix());
    BigInteger highest = AddressNumbers.last(subnet.prefix());
    if (highest.subtract(lowest).compareTo(BigInteger.TWO) > 0) {
      lowest = lowest.add(BigInteger.ONE);
      highest = subnet.isIpv4() ? highest.subtract(BigInteger.ONE) : highest;
    }
    first = lowest.max(AddressNumbers.first(subnet.range()));
    last = highest.min(AddressNumbers.last(subnet.range()));
    taken.add(AddressNumbers.number(subnet.gateway()));
    subnet.auxiliary().values().forEach(address -> taken.add(AddressNumbers.number(address)));
  }

  /** The subnet they are of. */
  public Subnet subnet() {
    return subnet;
  }

  /** Takes the next address; empty when all are taken. */
  public Optional<InetAddress> next() {
    for (BigInteger at = first; at.compareTo(last) <= 0; at = at.add(BigInteger.ONE)) {
      if (taken.add(at)) {
        return Optional.of(AddressNumbers.address(at, subnet.prefix().address()));
      }
    }
    return Optional.empty();
  }

  /** Takes that very address, also one outside the range; false when it is taken. */
  public boolean take(InetAddress address) {
    return taken.add(AddressNumbers.number(address));
  }

  /** Gives an address back. */
  public void release(InetAddress address) {
    if (!address.equals(subnet.gateway()) && !subnet.auxiliary().containsValue(address)) {
      taken.remove(AddressNumbers.number(address));
    }
  }
}
