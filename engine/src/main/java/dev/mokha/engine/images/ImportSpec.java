package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import tools.jackson.databind.node.ObjectNode;

/**
 * An image to make of a tar of a root file system.
 *
 * @param reference its name; empty for none
 * @param message what its history says; may be empty
 * @param platform such as {@code linux/arm64}; empty for this machine's
 * @param config the {@code config} of its configuration, in Docker's field names
 */
public record ImportSpec(String reference, String message, String platform, ObjectNode config) {
  /** Nothing is null. */
  public ImportSpec {
    requireNonNull(reference);
    requireNonNull(message);
    requireNonNull(platform);
    requireNonNull(config);
  }
}
