/**
 * Containers and what is done to them. Start with {@link dev.mokha.engine.containers.Containers}.
 */
package dev.mokha.engine.containers;
