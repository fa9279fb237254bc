package dev.mokha.store.journal;

/**
 * Where a key's latest value is.
 *
 * @param created when the key was created
 * @param modified when it got that value
 */
public record Version(long created, long modified) {}
