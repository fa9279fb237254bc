package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.bridges.addressing.SubnetAddresses;
import dev.mokha.network.bridges.filtering.BridgeSet;
import dev.mokha.network.bridges.filtering.Entries;
import dev.mokha.network.bridges.naming.NameBook;
import dev.mokha.network.bridges.records.NetworkRecord;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A network in memory: its record, its addresses, who is in it. Its registry's lock guards it. */
final class BridgeNetwork {
  private final NetworkRecord record;
  private final NetworkOptions options;
  private final List<Subnet> subnets;
  private final Optional<SubnetAddresses> ipv4;
  private final Optional<SubnetAddresses> ipv6;
  private final Map<String, Endpoint> members = new LinkedHashMap<>();
  private volatile NameBook names;

  BridgeNetwork(NetworkRecord record) {
    this.record = requireNonNull(record, "record");
    this.options = NetworkOptions.parse(record.spec().options());
    this.subnets = record.spec().pools().stream().map(Subnet::of).toList();
    this.ipv4 = subnets.stream().filter(Subnet::isIpv4).findFirst().map(SubnetAddresses::new);
    this.ipv6 = subnets.stream().filter(s -> !s.isIpv4()).findFirst().map(SubnetAddresses::new);
    this.names = new NameBook(name(), List.of());
  }

  NetworkRecord record() {
    return record;
  }

  NetworkOptions options() {
    return options;
  }

  String id() {
    return record.id();
  }

  String name() {
    return record.spec().name();
  }

  boolean isBridge() {
    return !record.bridge().isEmpty();
  }

  boolean internal() {
    return record.spec().internal();
  }

  /** Whether its members find each other by name. */
  boolean named() {
    return isBridge() && !Network.isPredefined(name());
  }

  List<Subnet> subnets() {
    return subnets;
  }

  List<Prefix> prefixes() {
    return subnets.stream().map(Subnet::prefix).toList();
  }

  Map<String, Endpoint> members() {
    return members;
  }

  /** Who is called what; may be read without the lock. */
  NameBook names() {
    return names;
  }

  Network view() {
    return new Network(
        id(),
        record.created(),
        record.spec().driver(),
        record.spec(),
        record.bridge(),
        List.copyOf(members.values()));
  }

  /** The subnet and gateway of an endpoint's address. */
  Optional<Subnet> subnet(boolean four) {
    return subnets.stream().filter(subnet -> subnet.isIpv4() == four).findFirst();
  }

  /** Takes an address; empty when the network has none of the family. */
  Optional<InetAddress> takeAddress(boolean four, String wanted) {
    SubnetAddresses addresses = (four ? ipv4 : ipv6).orElse(null);
    if (addresses == null) {
      return Optional.empty();
    }
    if (!wanted.isEmpty()) {
      InetAddress address = InetAddress.ofLiteral(wanted);
      if (!addresses.take(address)) {
        throw new NetworkException(Reason.FORBIDDEN, "Address already in use");
      }
      return Optional.of(address);
    }
    return Optional.of(
        addresses
            .next()
            .orElseThrow(
                () ->
                    new NetworkException(
                        Reason.UNAVAILABLE,
                        "no available "
                            + (four ? "IPv4" : "IPv6")
                            + " addresses on this network's address pools: "
                            + name()
                            + " ("
                            + id()
                            + ")")));
  }

  void releaseAddress(String text) {
    if (!text.isEmpty()) {
      InetAddress address = InetAddress.ofLiteral(text);
      (address.getAddress().length == 4 ? ipv4 : ipv6)
          .ifPresent(addresses -> addresses.release(address));
    }
  }

  /** Puts an endpoint in, in place of one of the same container. */
  void put(Endpoint endpoint) {
    members.put(endpoint.containerId(), endpoint);
    renew();
  }

  /** Takes a container's endpoint out and gives its addresses back. */
  void remove(String containerId) {
    Endpoint endpoint = members.remove(containerId);
    if (endpoint != null) {
      releaseAddress(endpoint.ipv4Address());
      releaseAddress(endpoint.ipv6Address());
      renew();
    }
  }

  private void renew() {
    if (named()) {
      names = new NameBook(name(), members.values());
    }
  }

  /** What the table has of it. */
  Entries entries() {
    Entries entries = new Entries();
    if (!isBridge()) {
      return entries;
    }
    String link = '"' + record.bridge() + '"';
    entries.add(BridgeSet.BRIDGES, link).add(BridgeSet.WITHIN, link + " . " + link);
    if (internal()) {
      entries.add(BridgeSet.INTERNAL, link);
    }
    if (!options.icc()) {
      entries.add(BridgeSet.CLOSED, link);
    }
    for (Subnet subnet : subnets) {
      String range = Subnet.text(subnet.prefix());
      boolean four = subnet.isIpv4();
      entries.add(four ? BridgeSet.HAIRPINS4 : BridgeSet.HAIRPINS6, range + " . " + range);
      if (options.masquerade() && !internal()) {
        entries.add(four ? BridgeSet.MASKED4 : BridgeSet.MASKED6, range);
      }
    }
    return entries;
  }

  /** Refuses a removal while someone is in it. */
  void checkUnused() {
    if (!members.isEmpty()) {
      List<String> texts = new ArrayList<>();
      members
          .values()
          .forEach(
              e ->
                  texts.add(
                      "name:\"" + e.containerName() + "\" id:\"" + e.id().substring(0, 12) + '"'));
      throw new NetworkException(
          Reason.FORBIDDEN,
          "error while removing network: network "
              + name()
              + " has active endpoints ("
              + String.join(", ", texts)
              + ")");
    }
  }
}
