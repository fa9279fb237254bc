package dev.mokha.node;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.Taint;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a node agent is made from. Several agents run on one machine when name, directories, cgroup
 * root and port differ.
 *
 * @param nodeName this host's Node
 * @param nodeAddress this host's own address, told to the API and to pods
 * @param dataDir what must survive a reboot
 * @param runDir what must not; below /run
 * @param logDir where pods' logs are written, {@code NAMESPACE_NAME_UID/CONTAINER/ATTEMPT.log}
 * @param cgroupRoot the instance's cgroup, such as {@code /mokha/default}
 * @param podCidrs the node's pod ranges, told in its specification
 * @param clusterDomain such as {@code cluster.local}
 * @param labels more labels of the Node
 * @param taints taints of the Node when it registers
 * @param reservedCpuMillis thousandths of a core kept from pods
 * @param reservedMemoryBytes memory kept from pods
 * @param maxPods most pods
 * @param podPidLimit most processes of a container; 0 for no limit
 * @param https the kubelet's API
 * @param leaseRenewal how often the node says that it lives
 * @param statusReport how often the Node's status is sent though nothing changed
 */
public record NodeConfig(
    String nodeName,
    InetAddress nodeAddress,
    Path dataDir,
    Path runDir,
    Path logDir,
    String cgroupRoot,
    List<String> podCidrs,
    String clusterDomain,
    Map<String, String> labels,
    List<Taint> taints,
    long reservedCpuMillis,
    long reservedMemoryBytes,
    int maxPods,
    long podPidLimit,
    Https https,
    Duration leaseRenewal,
    Duration statusReport) {

  /** Renewal and report intervals of upstream's kubelet. */
  public static final Duration DEFAULT_LEASE_RENEWAL = Duration.ofSeconds(10);

  /** How often an unchanged status is sent. */
  public static final Duration DEFAULT_STATUS_REPORT = Duration.ofMinutes(5);

  /** Refuses nulls. */
  public NodeConfig {
    requireNonNull(nodeName, "nodeName");
    requireNonNull(nodeAddress, "nodeAddress");
    requireNonNull(dataDir, "dataDir");
    requireNonNull(runDir, "runDir");
    requireNonNull(logDir, "logDir");
    requireNonNull(cgroupRoot, "cgroupRoot");
    podCidrs = List.copyOf(podCidrs);
    requireNonNull(clusterDomain, "clusterDomain");
    labels = Map.copyOf(labels);
    taints = List.copyOf(taints);
    requireNonNull(https, "https");
    requireNonNull(leaseRenewal, "leaseRenewal");
    requireNonNull(statusReport, "statusReport");
  }

  /**
   * The kubelet's API.
   *
   * @param listenAddress address to listen on
   * @param port 10250 by custom; 0 for any free one
   * @param certificate PEM file of the serving certificate
   * @param key PEM file of its key
   * @param clientCa PEM file of the CA whose client certificates are trusted
   */
  public record Https(String listenAddress, int port, Path certificate, Path key, Path clientCa) {
    /** Refuses nulls. */
    public Https {
      requireNonNull(listenAddress, "listenAddress");
      requireNonNull(certificate, "certificate");
      requireNonNull(key, "key");
      requireNonNull(clientCa, "clientCa");
    }
  }

  /**
   * A node with upstream's defaults.
   *
   * @param podCidr the node's pod range, such as {@code 10.42.0.0/24}
   */
  public static NodeConfig of(
      String nodeName,
      InetAddress nodeAddress,
      Path dataDir,
      Path runDir,
      String cgroupRoot,
      String podCidr,
      String clusterDomain,
      Https https) {
    return new NodeConfig(
        nodeName,
        nodeAddress,
        dataDir,
        runDir,
        dataDir.resolve("logs"),
        cgroupRoot,
        List.of(podCidr),
        clusterDomain,
        Map.of(),
        List.of(),
        0,
        256L << 20,
        110,
        0,
        https,
        DEFAULT_LEASE_RENEWAL,
        DEFAULT_STATUS_REPORT);
  }
}
