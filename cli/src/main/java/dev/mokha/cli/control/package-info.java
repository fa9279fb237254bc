/**
 * What the command says to a running daemon: one request, then any number of progress lines and one
 * result, all JSON lines over a Unix socket that only root may open. Start with {@link
 * dev.mokha.cli.control.ControlServer}.
 */
package dev.mokha.cli.control;
