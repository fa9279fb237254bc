/**
 * Pods' namespaces, addresses and links on one host: start with {@link
 * dev.mokha.network.pods.RoutedPodNetwork}. {@link dev.mokha.network.pods.AddressPool} picks
 * addresses, {@link dev.mokha.network.pods.AttachmentStore} keeps what must survive a restart.
 */
package dev.mokha.network.pods;
