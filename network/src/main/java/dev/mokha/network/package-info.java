/**
 * Pod addresses and routes, the service proxy and cluster DNS of one host.
 *
 * <p>Start with {@link dev.mokha.network.PodNetwork} (what the node agent calls for each pod) and
 * {@link dev.mokha.network.HostNetwork} (what is set up once for each instance).
 */
package dev.mokha.network;
