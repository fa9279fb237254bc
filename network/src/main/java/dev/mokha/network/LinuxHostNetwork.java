package dev.mokha.network;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.linux.netlink.Conntrack;
import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.dns.AliasZone;
import dev.mokha.network.dns.ClusterZone;
import dev.mokha.network.dns.DnsServer;
import dev.mokha.network.dns.InformerRecords;
import dev.mokha.network.dns.Upstreams;
import dev.mokha.network.firewall.FirewallTable;
import dev.mokha.network.firewall.TableLayout;
import dev.mokha.network.pods.RoutedPodNetwork;
import dev.mokha.network.proxy.ServicePlanner;
import dev.mokha.network.proxy.ServiceProxy;
import dev.mokha.network.routing.HostRoutes;
import dev.mokha.network.routing.Sysctls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts together: sockets and kernel state at the start, threads with {@link #start}. */
final class LinuxHostNetwork implements HostNetwork {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxHostNetwork.class);
  private static final int USUAL_MTU = 1500;
  private static final int DNS_PORT = 53;

  private final Config config;
  private final Prefix podCidr;
  private final Prefix clusterCidr;
  private final Prefix serviceCidr;
  private final Opened opened = new Opened("the network");
  private final Conntrack conntrack;
  private final HostRoutes routes;
  private final Sysctls sysctls;
  private final FirewallTable table;
  private final RoutedPodNetwork pods;
  private final DnsServer dns;

  LinuxHostNetwork(Config config) {
    this.config = requireNonNull(config, "config");
    long start = System.nanoTime();
    podCidr = Prefix.parse(config.podCidr());
    serviceCidr = Prefix.parse(config.serviceCidr());
    clusterCidr = Prefix.parse(config.clusterCidr());
    checkRanges();
    try {
      RouteNetlink netlink = opened.add(new RouteNetlink());
      conntrack = opened.add(new Conntrack());
      sysctls = new Sysctls(config.stateDir());
      routes =
          new HostRoutes(
              netlink,
              RoutedPodNetwork.ROUTE_PROTOCOL,
              clusterCidr,
              serviceCidr,
              config.nodeAddress(),
              config.dnsServiceAddress());
      Link uplink = routes.uplink();
      int mtu = uplink.name().equals("lo") ? USUAL_MTU : uplink.mtu();
      sysctls.set("net/ipv4/ip_forward", "1");
      sysctls.set("net/ipv4/conf/" + uplink.name() + "/route_localnet", "1");
      routes.install(mtu);
      dns = opened.add(bindDns(config.dnsServiceAddress()));
      table =
          opened.add(
              new FirewallTable(
                  new TableLayout(
                      tableName(config.instance()),
                      podCidr,
                      clusterCidr,
                      serviceCidr,
                      config.dnsServiceAddress(),
                      dns.port() == DNS_PORT ? 0 : dns.port(),
                      config.nodeAddress(),
                      config.nodePortAddresses())));
      table.install();
      pods =
          new RoutedPodNetwork(
              new RoutedPodNetwork.Settings(
                  config.instance(),
                  config.stateDir(),
                  config.runDir(),
                  podCidr,
                  config.nodeAddress(),
                  mtu),
              netlink,
              table);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    LOG.debug("The host's network is set up after {} us", (System.nanoTime() - start) / 1000);
  }

  /** On port 53; where a server of the host's has that on all addresses, on any other. */
  private static DnsServer bindDns(InetAddress address) {
    try {
      return DnsServer.bind(address, DNS_PORT);
    } catch (BindException e) {
      LOG.info("Port 53 is taken by another server of this host; cluster DNS uses another port");
    }
    try {
      return DnsServer.bind(address, 0);
    } catch (BindException e) {
      throw new UncheckedIOException(
          "Cluster DNS finds no free port on " + address.getHostAddress(), e);
    }
  }

  /** The name of an instance's table. */
  static String tableName(String instance) {
    return "mokha-" + instance.replaceAll("[^A-Za-z0-9_-]", "_");
  }

  private void checkRanges() {
    if (!clusterCidr.contains(podCidr)) {
      throw new IllegalArgumentException(
          "The node's pods " + podCidr + " are not in the cluster's " + clusterCidr);
    }
    if (clusterCidr.contains(serviceCidr) || serviceCidr.contains(clusterCidr)) {
      throw new IllegalArgumentException(
          "The ranges of pods " + clusterCidr + " and of Services " + serviceCidr + " overlap");
    }
    if (!serviceCidr.contains(config.dnsServiceAddress())) {
      throw new IllegalArgumentException(
          "The DNS address "
              + config.dnsServiceAddress().getHostAddress()
              + " is not in the range of Services "
              + serviceCidr);
    }
  }

  @Override
  public PodNetwork pods() {
    return pods;
  }

  @Override
  public void start(ApiClient client, Informers informers) {
    ServiceProxy proxy =
        new ServiceProxy(
            table,
            conntrack,
            new ServicePlanner(config.nodeName(), config.dnsServiceAddress().getHostAddress()),
            serviceCidr,
            informers);
    NetworkFollower follower =
        opened.add(
            new NetworkFollower(config.nodeName(), podCidr, table, routes, proxy, informers));
    follower.start();
    dns.start(
        new AliasZone(
            new ClusterZone(
                config.clusterDomain(),
                List.of(clusterCidr, serviceCidr),
                config.dnsServiceAddress(),
                new InformerRecords(informers)),
            config.clusterDomain(),
            config.serviceNames()),
        Upstreams.of(
            config.upstreamNameservers(), address -> address.equals(config.dnsServiceAddress())));
  }

  @Override
  public InetAddress dnsAddress() {
    return config.dnsServiceAddress();
  }

  @Override
  public void close() {
    opened.close();
  }

  @Override
  public void wipe() {
    pods.wipe();
    table.delete();
    routes.remove();
    sysctls.restore();
    deleteIfEmpty(config.runDir());
    deleteIfEmpty(config.stateDir());
  }

  /** The directories may be shared with others of the instance. */
  private static void deleteIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      LOG.debug("{} holds more than the network's files and stays", directory);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + directory, e);
    }
  }
}
