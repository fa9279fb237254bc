package dev.mokha.engine.images;

/**
 * What a push left at the registry.
 *
 * @param reference what it is called there, complete
 * @param digest of its manifest
 * @param size of its manifest, in bytes
 */
public record Pushed(String reference, String digest, long size) {}
