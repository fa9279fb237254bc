package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import tools.jackson.databind.node.ObjectNode;

/**
 * An image to make of what a container wrote. Who wants the container's files to hold still freezes
 * it meanwhile.
 *
 * @param containerId the container
 * @param reference the image's name; empty for none
 * @param author who made it; may be empty
 * @param comment what they say; may be empty
 * @param createdBy the command that wrote it, for the history; may be empty
 * @param config the {@code config} of the image's configuration, in Docker's field names, with all
 *     changes applied; the container's own command and environment belong here
 */
public record CommitSpec(
    String containerId,
    String reference,
    String author,
    String comment,
    String createdBy,
    ObjectNode config) {
  /** Nothing is null. */
  public CommitSpec {
    requireNonNull(containerId);
    requireNonNull(reference);
    requireNonNull(author);
    requireNonNull(comment);
    requireNonNull(createdBy);
    requireNonNull(config);
  }
}
