package dev.mokha.engine.images;

/**
 * What a pull brought.
 *
 * @param image the image
 * @param digest what the name stood for at its registry: of the index, or of the manifest
 * @param newer whether the name stands for another image here than before
 */
public record Pulled(Image image, String digest, boolean newer) {}
