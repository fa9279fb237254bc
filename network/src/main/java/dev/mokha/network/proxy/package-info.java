/**
 * Services become elements of the host's table.
 *
 * <p>{@link dev.mokha.network.proxy.ServicePlanner} is a pure function from a Service and its
 * EndpointSlices to the elements it wants; {@link dev.mokha.network.proxy.ServiceProxy} calls it
 * for what has changed and hands the result to {@link dev.mokha.network.firewall.FirewallTable}.
 */
package dev.mokha.network.proxy;
