package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Link;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.bridges.addressing.SubnetPlan;
import dev.mokha.network.bridges.filtering.BridgeTable;
import dev.mokha.network.bridges.filtering.Entries;
import dev.mokha.network.bridges.records.NetworkRecord;
import dev.mokha.network.bridges.records.RecordStore;
import dev.mokha.network.bridges.sandboxes.BridgeLinks;
import dev.mokha.network.bridges.sandboxes.Forwarding;
import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes and removes networks, one at a time. */
final class Networks {
  private static final Logger LOG = LoggerFactory.getLogger(Networks.class);

  private final ReentrantLock changes = new ReentrantLock();
  private final NetworkRegistry registry;
  private final RecordStore store;
  private final BridgeLinks bridges;
  private final BridgeTable table;
  private final SubnetPlan plan;

  Networks(
      NetworkRegistry registry,
      RecordStore store,
      BridgeLinks bridges,
      BridgeTable table,
      SubnetPlan plan) {
    this.registry = requireNonNull(registry, "registry");
    this.store = requireNonNull(store, "store");
    this.bridges = requireNonNull(bridges, "bridges");
    this.table = requireNonNull(table, "table");
    this.plan = requireNonNull(plan, "plan");
  }

  /** Takes over what is on record, and completes it in the kernel; the table is only told. */
  void adopt() {
    store.networks().forEach(record -> registry.add(new BridgeNetwork(record)));
    predefine(Network.DEFAULT, "bridge");
    predefine(Network.HOST, "host");
    predefine(Network.NONE, "null");
    for (BridgeNetwork network : registry.all()) {
      if (network.isBridge()) {
        ensure(network);
        table.note(owner(network), network.entries());
      }
    }
  }

  private void predefine(String name, String driver) {
    if (registry.hasName(name)) {
      return;
    }
    boolean bridge = driver.equals("bridge");
    String id = NetworkRegistry.newId();
    Map<String, String> options = new HashMap<>();
    if (bridge) {
      options.put(NetworkOptions.DEFAULT_BRIDGE, "true");
      options.put(NetworkOptions.ICC, "true");
      options.put(NetworkOptions.MASQUERADE, "true");
      options.put(NetworkOptions.NAME, linkName(id));
      options.put(NetworkOptions.MTU, Integer.toString(bridges.mtu()));
    }
    NetworkSpec asked =
        new NetworkSpec(
            name, driver, true, false, false, false, "", Map.of(), List.of(), options, Map.of());
    NetworkRecord record =
        new NetworkRecord(
            NetworkRecord.FORMAT,
            id,
            Instant.now().toEpochMilli(),
            asked,
            bridge ? withPools(asked, plan(asked)) : asked,
            bridge ? linkName(id) : "");
    store.save(record);
    registry.add(new BridgeNetwork(record));
  }

  Network create(NetworkSpec spec) {
    checkKind(spec);
    NetworkOptions options = NetworkOptions.parse(spec.options());
    changes.lock();
    try {
      if (registry.hasName(spec.name())) {
        throw new NetworkException(
            Reason.CONFLICT, "network with name " + spec.name() + " already exists");
      }
      String id = NetworkRegistry.newId();
      String bridge = options.bridge().isEmpty() ? linkName(id) : options.bridge();
      checkBridgeName(id, bridge);
      NetworkRecord record =
          new NetworkRecord(
              NetworkRecord.FORMAT,
              id,
              Instant.now().toEpochMilli(),
              spec,
              withPools(spec, plan(spec)),
              bridge);
      BridgeNetwork network = new BridgeNetwork(record);
      try {
        store.save(record);
        ensure(network);
        table.update(owner(network), network.entries());
      } catch (RuntimeException e) {
        giveUp(network, e);
        throw e;
      }
      registry.add(network);
      LOG.info("Network {} is {} with {}", network.name(), bridge, network.prefixes());
      return registry.view(id);
    } finally {
      changes.unlock();
    }
  }

  private static void checkKind(NetworkSpec spec) {
    if (spec.name().isBlank()) {
      throw new NetworkException(Reason.INVALID, "invalid name: name is empty");
    }
    if (Network.isPredefined(spec.name())) {
      throw new NetworkException(
          Reason.FORBIDDEN, "operation is not permitted on predefined " + spec.name() + " network");
    }
    switch (spec.driver()) {
      case "bridge" -> {}
      case "host", "null" ->
          throw new NetworkException(
              Reason.FORBIDDEN,
              "only one instance of \"" + spec.driver() + "\" network is allowed");
      case "overlay" ->
          throw new NetworkException(
              Reason.UNAVAILABLE,
              "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\""
                  + " to connect this node to swarm and try again.");
      default ->
          throw new NetworkException(
              Reason.NOT_FOUND, "plugin \"" + spec.driver() + "\" not found");
    }
    if (!spec.ipamDriver().equals("default")) {
      throw new NetworkException(
          Reason.NOT_FOUND, "plugin \"" + spec.ipamDriver() + "\" not found");
    }
    if (!spec.enableIpv4() && !spec.enableIpv6()) {
      throw new NetworkException(Reason.INVALID, "IPv4 or IPv6 must be enabled");
    }
  }

  private void checkBridgeName(String id, String bridge) {
    for (BridgeNetwork other : registry.all()) {
      if (other.record().bridge().equals(bridge)) {
        throw new NetworkException(
            Reason.FORBIDDEN,
            "cannot create network "
                + id
                + " ("
                + bridge
                + "): conflicts with network "
                + other.id()
                + " ("
                + bridge
                + "): networks have same bridge name");
      }
    }
  }

  private List<Subnet> plan(NetworkSpec spec) {
    return plan.plan(spec, registry.prefixes(), bridges.hostRanges(registry.bridges()));
  }

  /** As it was asked for; what was chosen is written with its gateway. */
  private static NetworkSpec withPools(NetworkSpec spec, List<Subnet> subnets) {
    List<NetworkSpec.Pool> pools = new ArrayList<>();
    for (Subnet subnet : subnets) {
      String text = Subnet.text(subnet.prefix());
      pools.add(
          spec.pools().stream()
              .filter(pool -> pool.subnet().equals(text))
              .findFirst()
              .orElseGet(subnet::toPool));
    }
    return new NetworkSpec(
        spec.name(),
        spec.driver(),
        spec.enableIpv4(),
        spec.enableIpv6(),
        spec.internal(),
        spec.attachable(),
        spec.ipamDriver(),
        spec.ipamOptions(),
        pools,
        spec.options(),
        spec.labels());
  }

  private static String linkName(String id) {
    return "mkb-" + id.substring(0, 11);
  }

  private void ensure(BridgeNetwork network) {
    if (network.record().spec().enableIpv6()) {
      Forwarding.enableIpv6(bridges.uplink().map(Link::name).orElse(""));
    }
    bridges.ensure(network.record().bridge(), network.name(), mtu(network), network.subnets());
  }

  private int mtu(BridgeNetwork network) {
    return network.options().mtu() == 0 ? bridges.mtu() : network.options().mtu();
  }

  /** How endpoints of a network are connected. */
  SandboxLinks.Port portOf(BridgeNetwork network) {
    return new SandboxLinks.Port(network.record().bridge(), !network.options().icc(), mtu(network));
  }

  private void giveUp(BridgeNetwork network, RuntimeException cause) {
    try {
      discard(network);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private void discard(BridgeNetwork network) {
    table.update(owner(network), new Entries());
    if (network.isBridge()) {
      bridges.remove(network.record().bridge(), network.subnets());
    }
    store.removeNetwork(network.id());
  }

  void remove(String text) {
    changes.lock();
    try {
      BridgeNetwork network = registry.find(text);
      if (Network.isPredefined(network.name())) {
        throw new NetworkException(
            Reason.FORBIDDEN, network.name() + " is a pre-defined network and cannot be removed");
      }
      registry.removeUnused(network);
      try {
        discard(network);
      } catch (RuntimeException e) {
        registry.add(network);
        throw e;
      }
      LOG.info("Network {} is removed", network.name());
    } finally {
      changes.unlock();
    }
  }

  List<String> prune(Predicate<Network> which) {
    List<String> removed = new ArrayList<>();
    for (Network network : registry.views()) {
      if (!network.predefined() && network.endpoints().isEmpty() && which.test(network)) {
        try {
          remove(network.id());
          removed.add(network.name());
        } catch (NetworkException e) {
          LOG.debug("The network {} is in use after all: {}", network.name(), e.getMessage());
        }
      }
    }
    return removed;
  }

  /** Takes all networks out of the kernel; they stay on record. */
  void dismantle() {
    changes.lock();
    try {
      for (BridgeNetwork network : registry.all()) {
        registry.remove(network);
        if (network.isBridge()) {
          bridges.remove(network.record().bridge(), network.subnets());
        }
      }
    } finally {
      changes.unlock();
    }
  }

  private static String owner(BridgeNetwork network) {
    return "network/" + network.id();
  }
}
