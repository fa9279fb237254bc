/**
 * The mokha command: wires everything, owns no logic.
 *
 * <p>Start with {@link dev.mokha.cli.Main}. {@code up} starts one supervised daemon ({@link
 * dev.mokha.cli.daemon}) for each node and waits until the nodes are Ready; the other commands talk
 * to the daemon over its control socket ({@link dev.mokha.cli.control}) or to the API.
 */
package dev.mokha.cli;
