package dev.mokha.network.bridges;

import java.util.List;

/**
 * A sandbox's place in a network. Addresses are as text, empty where there is none.
 *
 * @param id 64 hexadecimal digits
 * @param networkId which network
 * @param networkName its name
 * @param containerId whose
 * @param containerName its name
 * @param spec as it was asked for
 * @param interfaceName in the sandbox; empty in {@code host} and {@code none}
 * @param hostInterfaceName the other end, on the host
 * @param macAddress of the interface
 * @param ipv4Address such as {@code 172.17.0.2}
 * @param ipv4PrefixLength such as 16
 * @param ipv4Gateway such as {@code 172.17.0.1}; also when another network is the way to the world;
 *     empty in internal networks
 * @param ipv6Address such as {@code fd00:1::2}
 * @param ipv6PrefixLength such as 64
 * @param ipv6Gateway such as {@code fd00:1::1}
 * @param dnsNames the names under which the others in the network find it
 */
public record Endpoint(
    String id,
    String networkId,
    String networkName,
    String containerId,
    String containerName,
    EndpointSpec spec,
    String interfaceName,
    String hostInterfaceName,
    String macAddress,
    String ipv4Address,
    int ipv4PrefixLength,
    String ipv4Gateway,
    String ipv6Address,
    int ipv6PrefixLength,
    String ipv6Gateway,
    List<String> dnsNames) {}
