/**
 * What containers' networks are in the kernel: {@link
 * dev.mokha.network.bridges.sandboxes.BridgeLinks} makes bridges, {@link
 * dev.mokha.network.bridges.sandboxes.SandboxLinks} namespaces and the veth pairs that lead out of
 * them. Both compare what is with what should be, so that they can be called again at any point.
 */
package dev.mokha.network.bridges.sandboxes;
