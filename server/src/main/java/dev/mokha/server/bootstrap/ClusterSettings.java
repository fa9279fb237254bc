package dev.mokha.server.bootstrap;

import static java.util.Objects.requireNonNull;

/**
 * What the cluster is, as far as its first objects say it.
 *
 * @param advertiseAddress the IP address by which pods and other machines reach the API server;
 *     with a loopback address, the Service {@code kubernetes} has no endpoints
 * @param securePort the API server's port
 * @param serviceAddress the first address of the service range, that of the Service {@code
 *     kubernetes}
 * @param serviceCidr the service range, such as {@code 10.43.0.0/16}
 * @param clusterDomain such as {@code cluster.local}
 */
public record ClusterSettings(
    String advertiseAddress,
    int securePort,
    String serviceAddress,
    String serviceCidr,
    String clusterDomain) {
  /** Refuses nulls. */
  public ClusterSettings {
    requireNonNull(advertiseAddress, "advertiseAddress");
    requireNonNull(serviceAddress, "serviceAddress");
    requireNonNull(serviceCidr, "serviceCidr");
    requireNonNull(clusterDomain, "clusterDomain");
  }

  /** True when pods can't reach the address. */
  boolean advertisesLoopback() {
    return advertiseAddress.startsWith("127.") || advertiseAddress.equals("::1");
  }

  /** How pods and other machines reach the API server. */
  String serverUrl() {
    String host = advertiseAddress.contains(":") ? "[" + advertiseAddress + "]" : advertiseAddress;
    return "https://" + host + ":" + securePort;
  }

  /** Who signs the tokens of service accounts; also whom they are for by default. */
  public String issuer() {
    return "https://kubernetes.default.svc." + clusterDomain;
  }
}
