/**
 * What a host's routing needs besides pods' own routes: start with {@link
 * dev.mokha.network.routing.HostRoutes}. {@link dev.mokha.network.routing.Sysctls} changes kernel
 * settings and puts them back.
 */
package dev.mokha.network.routing;
