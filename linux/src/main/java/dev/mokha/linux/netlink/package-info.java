/**
 * Links, addresses, routes and tracked connections through netlink sockets (netlink(7),
 * rtnetlink(7)).
 *
 * <p>A socket speaks for the network namespace in which it was opened, whatever thread uses it
 * later. Start with {@link dev.mokha.linux.netlink.RouteNetlink}, {@link
 * dev.mokha.linux.netlink.Conntrack} and {@link dev.mokha.linux.netlink.UnixSockets}. {@code
 * LinkMessages}, {@code AddressMessages} and {@code RouteMessages} know the kernel's numbers and
 * structures; {@code NetlinkSocket}, {@code NetlinkMessage} and {@code Attributes} are the wire
 * format below them.
 */
package dev.mokha.linux.netlink;
