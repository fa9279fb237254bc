package dev.mokha.registry.storage;

import tools.jackson.databind.JsonNode;

/**
 * What a manifest says of other content (OCI image spec, "Descriptors").
 *
 * @param mediaType what it is
 * @param digest its name
 * @param size in bytes; -1 when not said
 * @param elsewhere whether it is to be had from its own URLs, so that it need not be here
 */
public record Descriptor(String mediaType, Digest digest, long size, boolean elsewhere) {
  private static final String FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

  static Descriptor read(JsonNode node) {
    String mediaType = node.path("mediaType").asString("");
    boolean elsewhere =
        node.path("urls").isArray() && !node.path("urls").isEmpty()
            || mediaType.contains(".nondistributable.")
            || mediaType.equals(FOREIGN);
    JsonNode size = node.path("size");
    return new Descriptor(
        mediaType,
        Digest.parse(node.path("digest").asString("")),
        size.isIntegralNumber() ? size.asLong() : -1,
        elsewhere);
  }
}
