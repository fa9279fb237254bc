/**
 * Shows what an image carries and does not use. Start with {@link dev.mokha.engine.slim.ImageSlim}.
 */
package dev.mokha.engine.slim;
