/**
 * The long-running processes: {@link dev.mokha.cli.daemon.Daemon} wires the server, the
 * controllers, the scheduler and the first node into one process; {@link
 * dev.mokha.cli.daemon.NodeRole} is the part that every node has.
 */
package dev.mokha.cli.daemon;
