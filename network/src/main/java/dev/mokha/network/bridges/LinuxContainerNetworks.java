package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Conntrack;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.Opened;
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
import dev.mokha.network.bridges.records.RecordStore;
import dev.mokha.network.bridges.sandboxes.BridgeLinks;
import dev.mokha.network.bridges.sandboxes.Forwarding;
import dev.mokha.network.bridges.sandboxes.SandboxLinks;
import dev.mokha.network.dns.Upstreams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

  private final Config config;
  private final Opened opened = new Opened("containers' networks");
  private final ScheduledThreadPoolExecutor background =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("container-networks").daemon().factory());
  private final NetworkRegistry registry = new NetworkRegistry();
  private final RecordStore store;
  private final BridgeLinks bridges;
  private final SandboxLinks links;
  private final BridgeTable table;
  private final Networks nets;
  private final Sandboxes sandboxes;

  LinuxContainerNetworks(Config config) {
    this.config = requireNonNull(config, "config");
    long start = System.nanoTime();
    background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    store = new RecordStore(config.stateDir(), config.runDir());
    try {
      RouteNetlink netlink = opened.add(new RouteNetlink());
      bridges = new BridgeLinks(config.instance(), ROUTE_PROTOCOL, netlink);
      links = new SandboxLinks(config.instance(), config.runDir(), netlink);
      table = opened.add(new BridgeTable(new BridgeLayout(tableName(config.instance()))));
      SubnetPlan plan =
          new SubnetPlan(
              config.pools(), store.ula(), config.reserved().stream().map(Prefix::parse).toList());
      nets = new Networks(registry, store, bridges, table, plan);
      Upstreams upstreams =
          Upstreams.of(config.nameservers(), address -> address.equals(NameServer.ADDRESS));
      NameServer names = opened.add(new NameServer());
      PortRelay relay = opened.add(new PortRelay());
      PortPublisher publisher =
          new PortPublisher(
              opened.add(new HostPorts(relay)),
              table,
              new ConnectionSweep(opened.add(new Conntrack()), background),
              store,
              registry);
      sandboxes =
          opened.add(
              new Sandboxes(
                  links,
                  registry,
                  store,
                  publisher,
                  new SandboxInterior(links, registry, names, upstreams, background),
                  nets::portOf,
                  background));
      opened.add(this::stopBackground);
      Forwarding.enableIpv4();
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

  // What an earlier daemon left.

  private void adopt() {
    Entries friends = new Entries();
    for (String range : config.friends()) {
      friends.add(
          range.indexOf(':') < 0 ? BridgeSet.FRIENDS4 : BridgeSet.FRIENDS6,
          Subnet.text(Prefix.parse(range)));
    }
    table.note("friends", friends);
    nets.adopt();
    Set<String> known = new HashSet<>(registry.bridges());
    known.addAll(sandboxes.adopt(bridges.names()));
    table.replaceAll();
    bridges.sweep(known);
    sandboxes.resume();
  }

  // Networks.

  @Override
  public Network create(NetworkSpec spec) {
    return nets.create(spec);
  }

  @Override
  public void remove(String network) {
    nets.remove(network);
  }

  @Override
  public List<String> prune(Predicate<Network> which) {
    return nets.prune(which);
  }

  @Override
  public Network inspect(String network) {
    return registry.view(network);
  }

  @Override
  public List<Network> list() {
    return registry.views();
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
  public void check(String network, EndpointSpec spec) {
    BridgeNetwork found;
    try {
      found = registry.find(network);
    } catch (NetworkException e) {
      return;
    }
    NetworkRegistry.checkAddresses(found, spec);
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
    opened.close();
  }

  @Override
  public void dismantle() {
    for (Sandbox sandbox : sandboxes()) {
      close(sandbox.containerId());
    }
    links.wipe();
    nets.dismantle();
    bridges.sweep(Set.of());
    table.delete();
    deleteIfEmpty(config.runDir());
  }

  @Override
  public void wipe() {
    dismantle();
    store.wipe();
    deleteIfEmpty(config.runDir());
    deleteIfEmpty(config.stateDir());
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
