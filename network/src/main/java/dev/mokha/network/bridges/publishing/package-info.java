/**
 * Ports of the host that lead to containers. {@link dev.mokha.network.bridges.publishing.HostPorts}
 * chooses them and holds each with a listening socket, so that nobody else takes it; traffic does
 * not come to those sockets, since nftables sends it on before. What it can't send on (from ::1,
 * and from IPv6 to a container that has none) is carried by {@link
 * dev.mokha.network.bridges.publishing.PortRelay}.
 */
package dev.mokha.network.bridges.publishing;
