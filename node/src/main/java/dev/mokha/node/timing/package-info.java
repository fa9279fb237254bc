/** Waking things up at a time, without a thread or a poll each. */
package dev.mokha.node.timing;
