package dev.mokha.network;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything of the network that an instance owns on one host: the nftables table, the blackhole
 * routes of the pod and service ranges, masquerading, routes to other nodes' pods, the service
 * proxy and cluster DNS.
 *
 * <p>{@link #open} sets up the kernel state that needs no API (and adopts what a killed daemon
 * left); {@link #start} begins to follow Services, EndpointSlices, Nodes and Pods. Closing leaves
 * the kernel state, so that traffic goes on without the daemon; {@link #wipe} removes it.
 */
public interface HostNetwork extends AutoCloseable {
  /** Pods' networks. */
  PodNetwork pods();

  /** Begins to follow the API. Does not block. */
  void start(ApiClient client, Informers informers);

  /** The address pods use as their nameserver. */
  InetAddress dnsAddress();

  /** Stops following; the kernel state stays. */
  @Override
  void close();

  /** Removes everything this instance ever made in the kernel on this host. */
  void wipe();

  /** Sets up the host. */
  static HostNetwork open(Config config) {
    return new LinuxHostNetwork(config);
  }

  /**
   * What a host's network is made from.
   *
   * @param instance names the nftables table and the links, so that two instances live side by side
   * @param nodeName this host's Node
   * @param stateDir records that survive a reboot
   * @param runDir namespaces' bind mounts; below /run
   * @param podCidr this node's pods, such as {@code 10.42.0.0/24}
   * @param clusterCidr all nodes' pods, such as {@code 10.42.0.0/16}
   * @param serviceCidr such as {@code 10.43.0.0/16}
   * @param dnsServiceAddress cluster DNS as pods see it, such as {@code 10.43.0.10}
   * @param clusterDomain such as {@code cluster.local}
   * @param nodeAddress this host's own address
   * @param upstreamNameservers where other names are asked; the host's resolv.conf when empty
   * @param nodePortAddresses local addresses NodePorts listen on; all when empty
   * @param serviceNames names outside the cluster domain by which pods find a Service, each with
   *     its {@code NAMESPACE/NAME}
   */
  record Config(
      String instance,
      String nodeName,
      Path stateDir,
      Path runDir,
      String podCidr,
      String clusterCidr,
      String serviceCidr,
      InetAddress dnsServiceAddress,
      String clusterDomain,
      InetAddress nodeAddress,
      List<String> upstreamNameservers,
      List<String> nodePortAddresses,
      Map<String, String> serviceNames) {
    /** Refuses nulls. */
    public Config {
      requireNonNull(instance, "instance");
      requireNonNull(nodeName, "nodeName");
      requireNonNull(podCidr, "podCidr");
      upstreamNameservers = List.copyOf(upstreamNameservers);
      nodePortAddresses = List.copyOf(nodePortAddresses);
      serviceNames = Map.copyOf(serviceNames);
    }
  }
}
