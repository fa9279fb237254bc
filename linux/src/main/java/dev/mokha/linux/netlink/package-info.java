/**
 * Links, addresses, routes and tracked connections through netlink sockets (netlink(7),
 * rtnetlink(7)).
 *
 * <p>A socket speaks for the network namespace in which it was opened, whatever thread uses it
 * later. Start with {@link dev.mokha.linux.netlink.RouteNetlink}; {@link
 * dev.mokha.linux.netlink.NetlinkSocket} and {@link dev.mokha.linux.netlink.NetlinkMessage} are the
 * wire format below it.
 */
package dev.mokha.linux.netlink;
