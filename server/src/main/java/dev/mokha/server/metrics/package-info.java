/**
 * Figures of the server that no single part of it has: the process, and what is stored. The text
 * form is {@link dev.mokha.client.metrics}'s.
 */
package dev.mokha.server.metrics;
