package dev.mokha.network.bridges;

import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.bridges.records.SandboxRecord;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All networks in memory, and who is in them. Its monitor guards them; nothing done under it waits
 * for more than memory.
 */
final class NetworkRegistry {
  private static final int ID_BYTES = 32;
  private static final int SHORT_ID = 12;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Map<String, BridgeNetwork> networks = new LinkedHashMap<>();

  /** The same by id, for readers without the monitor. */
  private final Map<String, BridgeNetwork> byId = new ConcurrentHashMap<>();

  /** An id of chance: 64 hexadecimal digits. */
  static String newId() {
    byte[] bytes = new byte[ID_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  synchronized void add(BridgeNetwork network) {
    networks.put(network.id(), network);
    byId.put(network.id(), network);
  }

  synchronized void remove(BridgeNetwork network) {
    networks.remove(network.id());
    byId.remove(network.id());
  }

  synchronized List<BridgeNetwork> all() {
    return List.copyOf(networks.values());
  }

  synchronized List<Network> views() {
    return networks.values().stream().map(BridgeNetwork::view).toList();
  }

  synchronized Network view(String network) {
    return find(network).view();
  }

  /** By id alone; does not wait. */
  Optional<BridgeNetwork> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** By name, id, or a beginning of the id. */
  synchronized BridgeNetwork find(String text) {
    if (networks.containsKey(text)) {
      return networks.get(text);
    }
    for (BridgeNetwork network : networks.values()) {
      if (network.name().equals(text)) {
        return network;
      }
    }
    List<BridgeNetwork> matches =
        text.isEmpty()
            ? List.of()
            : networks.values().stream().filter(n -> n.id().startsWith(text)).toList();
    if (matches.size() > 1) {
      throw new NetworkException(
          Reason.INVALID,
          "network " + text + " is ambiguous (" + matches.size() + " matches found on ID prefix)");
    }
    if (matches.isEmpty()) {
      throw new NetworkException(Reason.NOT_FOUND, "network " + text + " not found");
    }
    return matches.getFirst();
  }

  synchronized boolean hasName(String name) {
    return networks.values().stream().anyMatch(network -> network.name().equals(name));
  }

  synchronized List<Prefix> prefixes() {
    return networks.values().stream().flatMap(network -> network.prefixes().stream()).toList();
  }

  synchronized Set<String> bridges() {
    Set<String> bridges = new HashSet<>();
    networks.values().stream()
        .filter(BridgeNetwork::isBridge)
        .forEach(network -> bridges.add(network.record().bridge()));
    return bridges;
  }

  /** Takes a network out that nobody is in. */
  synchronized void removeUnused(BridgeNetwork network) {
    network.checkUnused();
    remove(network);
  }

  /** Takes over an endpoint on record. */
  synchronized void restore(Endpoint endpoint) {
    BridgeNetwork network = networks.get(endpoint.networkId());
    if (!endpoint.ipv4Address().isEmpty()) {
      network.takeAddress(true, endpoint.ipv4Address());
    }
    if (!endpoint.ipv6Address().isEmpty()) {
      network.takeAddress(false, endpoint.ipv6Address());
    }
    network.put(endpoint);
  }

  /** Gives a container a place in a network, with addresses of its own. */
  synchronized Endpoint join(SandboxRecord sandbox, BridgeNetwork network, EndpointSpec spec) {
    if (!networks.containsKey(network.id())) {
      throw new NetworkException(Reason.NOT_FOUND, "network " + network.name() + " not found");
    }
    checkMembership(sandbox, network);
    checkAddresses(network, spec);
    String name = network.isBridge() ? interfaceName(sandbox, spec.interfaceName()) : "";
    Optional<InetAddress> four = network.takeAddress(true, spec.ipv4Address());
    Optional<InetAddress> six;
    try {
      six = network.takeAddress(false, spec.ipv6Address());
    } catch (RuntimeException e) {
      four.ifPresent(address -> network.releaseAddress(Subnet.text(address)));
      throw e;
    }
    Subnet subnet4 = network.subnet(true).orElse(null);
    Subnet subnet6 = network.subnet(false).orElse(null);
    String id = newId();
    Endpoint endpoint =
        new Endpoint(
            id,
            network.id(),
            network.name(),
            sandbox.containerId(),
            sandbox.containerName(),
            spec,
            name,
            network.isBridge() ? "mkv" + id.substring(0, 12) : "",
            network.isBridge() ? mac(spec.macAddress(), four, id) : "",
            four.map(Subnet::text).orElse(""),
            subnet4 == null ? 0 : subnet4.prefix().length(),
            subnet4 == null || network.internal() ? "" : Subnet.text(subnet4.gateway()),
            six.map(Subnet::text).orElse(""),
            subnet6 == null ? 0 : subnet6.prefix().length(),
            subnet6 == null || network.internal() ? "" : Subnet.text(subnet6.gateway()),
            network.named() ? dnsNames(sandbox, spec) : List.of());
    network.put(endpoint);
    return endpoint;
  }

  /** Takes an endpoint out and gives its addresses back. */
  synchronized void leave(Endpoint endpoint) {
    BridgeNetwork network = networks.get(endpoint.networkId());
    if (network != null) {
      network.remove(endpoint.containerId());
    }
  }

  /** Calls a container otherwise. */
  synchronized List<Endpoint> rename(SandboxRecord sandbox) {
    List<Endpoint> renamed = new ArrayList<>();
    for (Endpoint e : sandbox.endpoints()) {
      BridgeNetwork network = networks.get(e.networkId());
      Endpoint changed =
          new Endpoint(
              e.id(),
              e.networkId(),
              e.networkName(),
              e.containerId(),
              sandbox.containerName(),
              e.spec(),
              e.interfaceName(),
              e.hostInterfaceName(),
              e.macAddress(),
              e.ipv4Address(),
              e.ipv4PrefixLength(),
              e.ipv4Gateway(),
              e.ipv6Address(),
              e.ipv6PrefixLength(),
              e.ipv6Gateway(),
              network.named() ? dnsNames(sandbox, e.spec()) : List.of());
      network.put(changed);
      renamed.add(changed);
    }
    return renamed;
  }

  private static void checkMembership(SandboxRecord sandbox, BridgeNetwork network) {
    String name = network.name();
    if (sandbox.endpoints().stream().anyMatch(e -> e.networkId().equals(network.id()))) {
      throw new NetworkException(
          Reason.FORBIDDEN,
          "endpoint with name "
              + sandbox.containerName()
              + " already exists in network "
              + network.name());
    }
    if (name.equals(Network.HOST) && !sandbox.host()) {
      throw new NetworkException(
          Reason.FORBIDDEN,
          "cannot connect container to host network - container must be created in host network"
              + " mode");
    }
    if (sandbox.host() && !name.equals(Network.HOST)) {
      throw new NetworkException(
          Reason.FORBIDDEN,
          "container sharing network namespace with another container or host cannot be connected"
              + " to any other network");
    }
    boolean inNone =
        sandbox.endpoints().stream().anyMatch(e -> e.networkName().equals(Network.NONE));
    if (inNone || (name.equals(Network.NONE) && !sandbox.endpoints().isEmpty())) {
      throw new NetworkException(
          Reason.FORBIDDEN,
          "container cannot be connected to multiple networks with one of the networks in private"
              + " (none) mode");
    }
  }

  static void checkAddresses(BridgeNetwork network, EndpointSpec spec) {
    List<String> errors = new ArrayList<>();
    boolean wanted = !spec.ipv4Address().isEmpty() || !spec.ipv6Address().isEmpty();
    if (wanted && !network.named()) {
      errors.add("user specified IP address is supported on user defined networks only");
    }
    for (String text : List.of(spec.ipv4Address(), spec.ipv6Address())) {
      if (text.isEmpty()) {
        continue;
      }
      boolean four = text.equals(spec.ipv4Address());
      InetAddress address;
      try {
        address = InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        errors.add("invalid " + (four ? "IPv4" : "IPv6") + " address: " + text);
        continue;
      }
      boolean configured =
          network.record().asked().pools().stream()
              .anyMatch(
                  pool -> !pool.subnet().isEmpty() && (pool.subnet().indexOf(':') < 0) == four);
      if (!configured || !network.named()) {
        errors.add(
            "user specified IP address is supported only when connecting to networks with user"
                + " configured subnets");
      } else if (network.subnet(four).filter(s -> s.prefix().contains(address)).isEmpty()) {
        errors.add("no configured subnet or ip-range contain the IP address " + text);
      }
    }
    for (String text : spec.linkLocalAddresses()) {
      try {
        InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        errors.add("invalid link-local IP address: " + text);
      }
    }
    for (String setting : spec.sysctls()) {
      if (InterfaceSettings.parse(setting).isEmpty()) {
        errors.add(
            "unrecognised network interface sysctl '"
                + setting
                + "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4',"
                + " 'ipv6' or 'mpls'");
      }
    }
    if (!spec.macAddress().isEmpty()
        && !spec.macAddress().matches("([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")) {
      errors.add("invalid MAC address: " + spec.macAddress());
    }
    if (!errors.isEmpty()) {
      String text = errors.size() == 1 ? errors.getFirst() : "* " + String.join("\n* ", errors);
      throw new NetworkException(
          Reason.INVALID,
          "invalid config for network " + network.name() + ": invalid endpoint settings:\n" + text);
    }
  }

  private static String interfaceName(SandboxRecord sandbox, String wanted) {
    Set<String> taken = new HashSet<>();
    sandbox.endpoints().forEach(endpoint -> taken.add(endpoint.interfaceName()));
    if (!wanted.isEmpty()) {
      if (taken.contains(wanted) || wanted.equals("lo") || wanted.length() > 15) {
        throw new NetworkException(
            Reason.INVALID, "interface name " + wanted + " can't be given to this endpoint");
      }
      return wanted;
    }
    for (int i = 0; ; i++) {
      if (!taken.contains("eth" + i)) {
        return "eth" + i;
      }
    }
  }

  private static String mac(String wanted, Optional<InetAddress> four, String id) {
    if (!wanted.isEmpty()) {
      return wanted.toLowerCase(java.util.Locale.ROOT).replace('-', ':');
    }
    HexFormat colons = HexFormat.ofDelimiter(":");
    return "02:42:"
        + four.map(address -> colons.formatHex(address.getAddress()))
            .orElseGet(() -> colons.formatHex(HexFormat.of().parseHex(id.substring(0, 8))));
  }

  private static List<String> dnsNames(SandboxRecord sandbox, EndpointSpec spec) {
    Set<String> names = new LinkedHashSet<>();
    names.add(sandbox.containerName());
    names.addAll(spec.aliases());
    String id = sandbox.containerId();
    names.add(id.length() > SHORT_ID ? id.substring(0, SHORT_ID) : id);
    return List.copyOf(names);
  }
}
