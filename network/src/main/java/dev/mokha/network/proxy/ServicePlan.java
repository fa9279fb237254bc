package dev.mokha.network.proxy;

import dev.mokha.network.firewall.Elements;
import java.util.Map;
import java.util.Set;

/**
 * What a Service wants on this host.
 *
 * @param elements in the table
 * @param datagramBackends who answers for each UDP frontend: the kernel goes on sending a flow to
 *     one that left until its tracked connection is forgotten
 * @param remembers whether clients stay with their backends
 */
record ServicePlan(
    Elements elements, Map<Frontend, Set<Backend>> datagramBackends, boolean remembers) {
  /** Of a Service that is not there. */
  static final ServicePlan NONE = new ServicePlan(Elements.NONE, Map.of(), false);

  /**
   * What a client dials.
   *
   * @param address empty for any of the host's
   * @param port the port
   */
  record Frontend(String address, int port) {}
}
