/**
 * Single ConfigMaps and Secrets that pods of this node use. Start with {@link
 * dev.mokha.node.objects.WatchedObjects}.
 */
package dev.mokha.node.objects;
