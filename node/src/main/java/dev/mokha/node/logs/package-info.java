/**
 * Reading the logs that conmon writes in the CRI format. Start with {@link
 * dev.mokha.node.logs.LogReader}.
 */
package dev.mokha.node.logs;
