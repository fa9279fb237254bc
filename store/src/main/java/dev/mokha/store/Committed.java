package dev.mokha.store;

/**
 * The outcome of a transaction.
 *
 * @param revision the revision that its changes carry
 */
public record Committed(long revision) {}
