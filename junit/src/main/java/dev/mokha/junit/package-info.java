/**
 * Mokha inside a test: a real API server, its controllers and its scheduler in the test's own
 * process, on any operating system.
 *
 * <p>Start with {@link dev.mokha.junit.Mokha}, or put {@link dev.mokha.junit.MokhaTest} on a test
 * class. May use api, store, client, server, controllers and scheduler; nothing here needs Linux, a
 * container engine or root.
 */
package dev.mokha.junit;
