/**
 * Netfilter's rules through libnftables, the library behind the {@code nft} command: start with
 * {@link dev.mokha.linux.nftables.Nftables}.
 */
package dev.mokha.linux.nftables;
