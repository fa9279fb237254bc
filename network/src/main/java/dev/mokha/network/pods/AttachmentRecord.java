package dev.mokha.network.pods;

import dev.mokha.network.PodNetwork.HostPort;
import java.util.List;
import java.util.Map;

/**
 * What is written down of an attachment.
 *
 * @param format {@link #FORMAT}
 * @param podUid whose
 * @param namespace the pod's
 * @param name the pod's
 * @param hostname what its UTS namespace says
 * @param sysctls set in its namespaces
 * @param hostPorts ports of the host that lead to it
 * @param address its IPv4 address
 * @param interfaceName the veth's name on the host
 * @param userNamespace what its namespaces belong to; empty for the host's
 */
record AttachmentRecord(
    int format,
    String podUid,
    String namespace,
    String name,
    String hostname,
    Map<String, String> sysctls,
    List<HostPort> hostPorts,
    String address,
    String interfaceName,
    String userNamespace) {
  /** The only one so far. */
  static final int FORMAT = 1;

  /** Absent maps and lists are empty ones. */
  AttachmentRecord {
    sysctls = sysctls == null ? Map.of() : Map.copyOf(sysctls);
    userNamespace = userNamespace == null ? "" : userNamespace;
    hostPorts = hostPorts == null ? List.of() : List.copyOf(hostPorts);
  }
}
