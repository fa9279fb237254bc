/**
 * The one nftables table an instance owns on a host.
 *
 * <p>Its chains are few and do not depend on how many Services there are: what varies is kept in
 * maps, whose elements change one by one. Start with {@link
 * dev.mokha.network.firewall.TableLayout}, which shows a packet's way, and {@link
 * dev.mokha.network.firewall.ElementMap}, which says what each map holds. {@link
 * dev.mokha.network.firewall.Ledger} knows who asked for which element, and {@link
 * dev.mokha.network.firewall.FirewallTable} brings the kernel to what the ledger says.
 */
package dev.mokha.network.firewall;
