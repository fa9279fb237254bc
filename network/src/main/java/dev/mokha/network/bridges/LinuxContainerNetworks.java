package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Conntrack;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.NetworkException.Reason;
import dev.mokha.network.bridges.addressing.Subnet;
import dev.mokha.network.bridges.addressing.SubnetPlan;
import dev.mokha.network.bridges.filtering.BridgeLayout;
import dev.mokha.network.bridges.filtering.BridgeSet;
import dev.mokha.network.bridges.filtering.BridgeTable;
import dev.mokha.network.bridges.filtering.Entries;
import dev.mokha.network.bridges.naming.NameServer;
import dev.mokha.network.bridges.publishing.ConnectionSweep;
import dev.mokha.network.bridges.publishing.HostPorts;
import dev.mokha.network.bridges.publishing.PortRelay;
import dev.mokha.network.bridges.records.NetworkRecord;
import dev.mokha.network.bridges.records.RecordStore;
import dev.mokha.network.bridges.sandboxes.BridgeLinks;
import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import dev.mokha.network.dns.Upstreams;
import dev.mokha.network.routing.Sysctls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts together, and makes and removes networks. */
final class LinuxContainerNetworks implements ContainerNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxContainerNetworks.class);

  /** Marks Mokha's routes in the kernel (rtm_protocol). */
  private static final int ROUTE_PROTOCOL = 109;

  private static final long TABLE_CHECK_SECONDS = 10;
  private static final long PATIENCE_SECONDS = 5;
  private static final Path IPV6 = Path.of("/proc/thread-self/net/if_inet6");

  private final Config config;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final ReentrantLock changes = new ReentrantLock();
  private final ScheduledThreadPoolExecutor background =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("container-networks").daemon().factory());
  private final NetworkRegistry registry = new NetworkRegistry();
  private final RecordStore store;
  private final Sysctls sysctls;
  private final BridgeLinks bridges;
  private final SandboxLinks links;
  private final BridgeTable table;
  private final SubnetPlan plan;
  private final Sandboxes sandboxes;

  LinuxContainerNetworks(Config config) {
    this.config = requireNonNull(config, "config");
    long start = System.nanoTime();
    background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    store = new RecordStore(config.stateDir(), config.runDir());
    sysctls = new Sysctls(config.stateDir());
    plan =
        new SubnetPlan(
            config.pools(), store.ula(), config.reserved().stream().map(Prefix::parse).toList());
    try {
      RouteNetlink netlink = opened(new RouteNetlink());
      bridges = new BridgeLinks(config.instance(), ROUTE_PROTOCOL, netlink);
      links = new SandboxLinks(config.instance(), config.runDir(), netlink);
      table = opened(new BridgeTable(new BridgeLayout(tableName(config.instance()))));
      Upstreams upstreams =
          Upstreams.of(config.nameservers(), address -> address.equals(NameServer.ADDRESS));
      NameServer names = opened(new NameServer(upstreams));
      PortRelay relay = opened(new PortRelay());
      PortPublisher publisher =
          new PortPublisher(
              opened(new HostPorts(relay)),
              table,
              new ConnectionSweep(opened(new Conntrack()), background),
              store,
              registry);
      sandboxes =
          opened(
              new Sandboxes(
                  links, registry, store, publisher, names, upstreams, this::portOf, background));
      opened.push(this::stopBackground);
      sysctls.set("net/ipv4/ip_forward", "1");
      adopt();
      background.scheduleWithFixedDelay(
          this::checkTable, TABLE_CHECK_SECONDS, TABLE_CHECK_SECONDS, TimeUnit.SECONDS);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    LOG.debug("Containers' networks are set up after {} us", (System.nanoTime() - start) / 1000);
  }

  private void stopBackground() throws InterruptedException {
    background.shutdownNow();
    // What it does at the moment needs sockets that are closed next.
    background.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Someone may have flushed all rules of the host. */
  private void checkTable() {
    try {
      if (!table.isInstalled()) {
        LOG.warn("The table of containers' networks is gone and is made anew");
        table.replaceAll();
      }
    } catch (RuntimeException e) {
      LOG.warn("The table of containers' networks can't be checked", e);
    }
  }

  /** The name of an instance's table. */
  static String tableName(String instance) {
    return "mokha-" + instance.replaceAll("[^A-Za-z0-9_-]", "_") + "-bridges";
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.push(resource);
    return resource;
  }

  // What an earlier daemon left.

  private void adopt() {
    Entries friends = new Entries();
    for (String range : config.friends()) {
      friends.add(
          range.indexOf(':') < 0 ? BridgeSet.FRIENDS4 : BridgeSet.FRIENDS6,
          Subnet.text(Prefix.parse(range)));
    }
    table.note("friends", friends);
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
    Set<String> known = new HashSet<>(registry.bridges());
    known.addAll(sandboxes.adopt(bridges.names()));
    table.replaceAll();
    bridges.sweep(known);
    sandboxes.resume();
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

  // Networks.

  @Override
  public Network create(NetworkSpec spec) {
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
    if (network.record().spec().enableIpv6() && Files.exists(IPV6)) {
      forwardIpv6();
    }
    bridges.ensure(network.record().bridge(), network.name(), mtu(network), network.subnets());
  }

  /** A host that forwards hears no router advertisements, unless it is told to. */
  private void forwardIpv6() {
    bridges
        .uplink()
        .ifPresent(
            link -> {
              String name = "net/ipv6/conf/" + link.name() + "/accept_ra";
              try {
                if (dev.mokha.linux.KernelFile.read(Path.of("/proc/sys", name)).equals("1")) {
                  sysctls.set(name, "2");
                }
              } catch (IOException e) {
                LOG.debug("The link {} has no IPv6", link.name());
              }
            });
    sysctls.set("net/ipv6/conf/all/forwarding", "1");
  }

  private int mtu(BridgeNetwork network) {
    return network.options().mtu() == 0 ? bridges.mtu() : network.options().mtu();
  }

  private SandboxLinks.Port portOf(BridgeNetwork network) {
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

  @Override
  public void remove(String text) {
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

  @Override
  public Network inspect(String network) {
    return registry.view(network);
  }

  @Override
  public List<Network> list() {
    return registry.views();
  }

  @Override
  public List<String> prune(Predicate<Network> which) {
    List<String> removed = new ArrayList<>();
    for (Network network : list()) {
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

  private static String owner(BridgeNetwork network) {
    return "network/" + network.id();
  }

  // Sandboxes.

  @Override
  public Sandbox open(SandboxSpec spec) {
    return sandboxes.open(spec);
  }

  @Override
  public Optional<Sandbox> sandbox(String containerId) {
    return sandboxes.find(containerId);
  }

  @Override
  public List<Sandbox> sandboxes() {
    return sandboxes.all();
  }

  @Override
  public void rename(String containerId, String containerName) {
    sandboxes.rename(containerId, containerName);
  }

  @Override
  public Endpoint attach(String containerId, String network, EndpointSpec spec) {
    return sandboxes.attach(containerId, registry.find(network), spec);
  }

  @Override
  public void detach(String containerId, String network) {
    sandboxes.detach(containerId, registry.find(network));
  }

  @Override
  public List<PortBinding> publish(String containerId, List<PortRequest> ports) {
    return sandboxes.publish(containerId, ports);
  }

  @Override
  public List<EndpointStatistics> statistics(String containerId) {
    List<EndpointStatistics> all = new ArrayList<>();
    for (Endpoint endpoint : sandboxes.record(containerId).endpoints()) {
      links
          .counters(endpoint)
          // What the host's end received is what the container sent.
          .ifPresent(counters -> all.add(seenInside(endpoint, counters)));
    }
    return all;
  }

  private static EndpointStatistics seenInside(Endpoint endpoint, Link.Counters outside) {
    return new EndpointStatistics(
        endpoint.networkName(),
        endpoint.interfaceName(),
        outside.txBytes(),
        outside.txPackets(),
        outside.txErrors(),
        outside.txDropped(),
        outside.rxBytes(),
        outside.rxPackets(),
        outside.rxErrors(),
        outside.rxDropped());
  }

  @Override
  public void close(String containerId) {
    sandboxes.close(containerId);
  }

  @Override
  public void retain(Collection<String> containerIds) {
    Set<String> running = Set.copyOf(containerIds);
    for (Sandbox sandbox : sandboxes()) {
      if (!running.contains(sandbox.containerId())) {
        LOG.info("Container {} is gone; its network goes too", sandbox.containerName());
        close(sandbox.containerId());
      }
    }
  }

  // The end.

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOG.warn("A part of containers' networks could not be closed", e);
      }
    }
  }

  @Override
  public void wipe() {
    changes.lock();
    try {
      for (Sandbox sandbox : sandboxes()) {
        close(sandbox.containerId());
      }
      links.wipe();
      for (BridgeNetwork network : registry.all()) {
        registry.remove(network);
        discard(network);
      }
      bridges.sweep(Set.of());
      table.delete();
      store.wipe();
      sysctls.restore();
      deleteIfEmpty(config.runDir());
      deleteIfEmpty(config.stateDir());
    } finally {
      changes.unlock();
    }
  }

  /** The directories may be shared with others of the instance. */
  private static void deleteIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      LOG.debug("{} holds more than the networks' files and stays", directory);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + directory, e);
    }
  }
}
