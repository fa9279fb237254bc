/**
 * The OCI runtime and conmon: what turns a definition into processes.
 *
 * <p>{@link dev.mokha.engine.runtime.OciRuntime} finds a runtime that works on this machine; {@link
 * dev.mokha.engine.runtime.Conmon} has it create containers; {@link
 * dev.mokha.engine.runtime.OciSpec} writes their config.json (OCI runtime spec); {@link
 * dev.mokha.engine.runtime.Cgroups} reads and freezes what they use.
 */
package dev.mokha.engine.runtime;
