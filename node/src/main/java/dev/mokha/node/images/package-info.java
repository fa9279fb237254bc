/** Getting the images of pods. Start with {@link dev.mokha.node.images.PodImages}. */
package dev.mokha.node.images;
