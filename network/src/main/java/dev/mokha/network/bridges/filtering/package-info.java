/**
 * The nftables table of container networks. Its chains are fixed ({@link
 * dev.mokha.network.bridges.filtering.BridgeLayout} shows a packet's way); what varies are elements
 * of sets and maps ({@link dev.mokha.network.bridges.filtering.BridgeSet}), which {@link
 * dev.mokha.network.bridges.filtering.BridgeTable} changes one by one.
 */
package dev.mokha.network.bridges.filtering;
