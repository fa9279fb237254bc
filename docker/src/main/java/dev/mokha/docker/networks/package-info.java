/**
 * {@code /networks}: the networks of containers as Docker shows them.
 *
 * <p>Start with {@link dev.mokha.docker.networks.NetworkRoutes}. May use {@code docker.http},
 * {@code docker.events} and {@code network.bridges}; who is a member of a network is the
 * containers' own affair, told through {@link dev.mokha.docker.networks.Membership}.
 */
package dev.mokha.docker.networks;
