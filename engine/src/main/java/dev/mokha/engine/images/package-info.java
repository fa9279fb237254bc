/**
 * Images by reference and digest. Start with {@link dev.mokha.engine.images.Images}.
 *
 * <p>Everything that brings or makes an image ends in {@code ImageRecords}: blobs in the content
 * store, layers unpacked, and last of all a line in {@code ImageDatabase}, which says what there
 * is. So an image is there whole or not at all, and what no image on record needs may be collected
 * at any time ({@link dev.mokha.engine.content.Leases} keep what is being made).
 */
package dev.mokha.engine.images;
