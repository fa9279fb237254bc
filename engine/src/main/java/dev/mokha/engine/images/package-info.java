/** Images by reference and digest. Start with {@link dev.mokha.engine.images.Images}. */
package dev.mokha.engine.images;
