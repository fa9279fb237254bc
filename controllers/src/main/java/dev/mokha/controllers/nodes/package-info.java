/**
 * What becomes of nodes that fall silent, and of the pods on them: {@link
 * dev.mokha.controllers.nodes.NodeLifecycleController} notices and taints, {@link
 * dev.mokha.controllers.nodes.TaintEvictionController} evicts what does not tolerate the taint,
 * {@link dev.mokha.controllers.nodes.PodGarbageController} removes what no node will ever remove.
 */
package dev.mokha.controllers.nodes;
