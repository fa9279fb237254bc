package dev.mokha.network.bridges;

import java.util.List;
import java.util.Map;

/**
 * An endpoint that is wanted (Docker API 1.50, EndpointSettings). Strings are empty where nothing
 * particular is wanted.
 *
 * @param aliases more names of the container in this network
 * @param ipv4Address a fixed address of a subnet that was configured
 * @param ipv6Address the same of IPv6
 * @param macAddress such as {@code 02:42:ac:11:00:02}
 * @param links names that only this container knows, each with a container's name or id
 * @param gatewayPriority the network with the highest is the way to the world; of equals the one
 *     whose name comes first, bridges with a way out before internal ones
 * @param interfaceName in the sandbox; {@code eth0} and on when empty
 * @param linkLocalAddresses more addresses of the interface, which nobody routes to
 * @param sysctls settings of the interface, such as {@code net.ipv4.conf.IFNAME.log_martians=1},
 *     where {@code IFNAME} stands for its name
 */
public record EndpointSpec(
    List<String> aliases,
    String ipv4Address,
    String ipv6Address,
    String macAddress,
    Map<String, String> links,
    int gatewayPriority,
    String interfaceName,
    List<String> linkLocalAddresses,
    List<String> sysctls) {
  /** Nothing particular. */
  public static final EndpointSpec PLAIN = new EndpointSpec(List.of(), "", "", "", Map.of(), 0, "");

  /** What is missing is empty. */
  public EndpointSpec {
    aliases = aliases == null ? List.of() : List.copyOf(aliases);
    ipv4Address = ipv4Address == null ? "" : ipv4Address;
    ipv6Address = ipv6Address == null ? "" : ipv6Address;
    macAddress = macAddress == null ? "" : macAddress;
    links = links == null ? Map.of() : Map.copyOf(links);
    interfaceName = interfaceName == null ? "" : interfaceName;
    linkLocalAddresses = linkLocalAddresses == null ? List.of() : List.copyOf(linkLocalAddresses);
    sysctls = sysctls == null ? List.of() : List.copyOf(sysctls);
  }

  /** One whose interface has no settings and no further addresses. */
  public EndpointSpec(
      List<String> aliases,
      String ipv4Address,
      String ipv6Address,
      String macAddress,
      Map<String, String> links,
      int gatewayPriority,
      String interfaceName) {
    this(
        aliases,
        ipv4Address,
        ipv6Address,
        macAddress,
        links,
        gatewayPriority,
        interfaceName,
        List.of(),
        List.of());
  }

  /** More names, nothing else. */
  public static EndpointSpec withAliases(String... aliases) {
    return new EndpointSpec(List.of(aliases), "", "", "", Map.of(), 0, "");
  }
}
