package dev.mokha.store;

/**
 * A key's value at one revision.
 *
 * @param key the key
 * @param value the bytes; shared, never to be changed
 * @param createRevision when the key was created, this time
 * @param modRevision when it was last changed
 */
public record Entry(String key, byte[] value, long createRevision, long modRevision) {}
