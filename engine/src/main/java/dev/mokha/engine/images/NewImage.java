package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * An image to put on record, whose layers are all there.
 *
 * @param configuration its configuration (OCI image spec, with Docker's additions); {@code rootfs}
 *     is set from {@code diffIds}
 * @param diffIds its layers, lowest first
 * @param references its names; none for an image known by id alone
 * @param parent id of the image it was made from, as Docker's {@code Parent}; empty for none. An
 *     image that is someone's parent can't be removed before, and {@code docker images} hides it
 *     when it has no name
 */
public record NewImage(
    ObjectNode configuration, List<String> diffIds, List<String> references, String parent) {
  /** Copies the lists. */
  public NewImage {
    requireNonNull(configuration);
    diffIds = List.copyOf(diffIds);
    references = List.copyOf(references);
    requireNonNull(parent);
  }
}
