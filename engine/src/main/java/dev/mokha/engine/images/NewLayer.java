package dev.mokha.engine.images;

/**
 * A layer that was made here.
 *
 * @param diffId digest of its plain tar
 * @param chainId the same together with all layers below
 * @param size bytes of its files
 * @param empty whether nothing is in it
 */
public record NewLayer(String diffId, String chainId, long size, boolean empty) {}
