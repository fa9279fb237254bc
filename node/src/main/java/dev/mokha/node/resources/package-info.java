/**
 * Requests and limits, and what they mean to the kernel. Start with {@link
 * dev.mokha.node.resources.PodResources}.
 */
package dev.mokha.node.resources;
