/**
 * Cluster DNS of one host, after the Kubernetes DNS specification 1.1.0.
 *
 * <p>{@link dev.mokha.network.dns.DnsServer} owns the sockets and threads. It asks {@link
 * dev.mokha.network.dns.ClusterZone}, a pure function over {@link
 * dev.mokha.network.dns.ClusterRecords}, and sends what that does not know to the upstream servers
 * through {@link dev.mokha.network.dns.Forwarder}, whose answers {@link
 * dev.mokha.network.dns.AnswerCache} keeps.
 */
package dev.mokha.network.dns;
