package dev.mokha.network;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Gives each pod its network and IPC and UTS namespaces, an address and a route. Pods are routed,
 * not bridged: a pod has a point-to-point veth and a /32 route, so that every packet passes the
 * host's nftables.
 *
 * <p>Life of an attachment: {@link #attach} makes the namespaces, pinned by bind mounts, the veth,
 * the address (lowest free one of the host's podCIDR that has rested longest) and the routes, and
 * writes a record to disk; the daemon may be killed and a new one {@link #find}s it again; {@link
 * #detach} takes everything away. After a reboot the records without a namespace are attached anew,
 * with the same address when it is free.
 */
public interface PodNetwork {
  /** Makes the pod's network, or returns the one it has. */
  Attachment attach(Request request);

  /** The pod's attachment, if all of it is there. */
  Optional<Attachment> find(String podUid);

  /** All attachments on record, whole or not. */
  List<String> podUids();

  /** Takes the pod's network away; does nothing when it has none. */
  void detach(String podUid);

  /**
   * A pod that wants a network.
   *
   * @param podUid its uid
   * @param namespace its namespace
   * @param name its name
   * @param hostname what its UTS namespace is to say
   * @param sysctls to set in its namespaces, {@code net.*} and {@code kernel.shm*} and such
   * @param hostPorts ports of the host that lead to it
   * @param userNamespace a pinned user namespace that its namespaces shall belong to; empty for the
   *     host's
   */
  record Request(
      String podUid,
      String namespace,
      String name,
      String hostname,
      java.util.Map<String, String> sysctls,
      List<HostPort> hostPorts,
      String userNamespace) {
    /** In the host's user namespace. */
    public Request(
        String podUid,
        String namespace,
        String name,
        String hostname,
        java.util.Map<String, String> sysctls,
        List<HostPort> hostPorts) {
      this(podUid, namespace, name, hostname, sysctls, hostPorts, "");
    }
  }

  /**
   * A port of the host that leads to a pod.
   *
   * @param hostAddress empty for all addresses
   * @param hostPort the port outside
   * @param containerPort the port inside
   * @param protocol {@code TCP}, {@code UDP} or {@code SCTP}
   */
  record HostPort(String hostAddress, int hostPort, int containerPort, String protocol) {}

  /**
   * A pod's network.
   *
   * @param podUid whose
   * @param address its address
   * @param networkNamespace path to join
   * @param ipcNamespace path to join
   * @param utsNamespace path to join
   * @param interfaceName the veth's name on the host
   */
  record Attachment(
      String podUid,
      InetAddress address,
      Path networkNamespace,
      Path ipcNamespace,
      Path utsNamespace,
      String interfaceName) {}
}
