/**
 * Docker's networks on one host: bridges with subnets of their own, containers' network namespaces
 * and their endpoints, published ports, names.
 *
 * <p>Start with {@link dev.mokha.network.bridges.ContainerNetworks}, whose comment has the
 * lifecycle and an example. Below it:
 *
 * <ul>
 *   <li>{@code addressing}: which subnet a network gets, which address an endpoint;
 *   <li>{@code sandboxes}: namespaces and the veth pairs that lead out of them;
 *   <li>{@code filtering}: the nftables table {@code mokha-INSTANCE-bridges};
 *   <li>{@code publishing}: ports of the host that lead to containers;
 *   <li>{@code naming}: the name server at 127.0.0.11 in each namespace;
 *   <li>{@code records}: what is written down.
 * </ul>
 *
 * <p>Nothing here knows of the cluster's API, of images or of processes.
 */
package dev.mokha.network.bridges;
