package dev.mokha.engine.images;

import java.time.Instant;
import java.util.List;

/**
 * An image as it is on record.
 *
 * @param id digest of its configuration
 * @param manifest digest of its manifest
 * @param mediaType of the manifest
 * @param blobs every blob it needs: manifest, configuration, layers, and the index it came by
 * @param size bytes of its unpacked layers
 * @param created when it was made
 * @param diffIds the layers, lowest first
 * @param config how its containers run
 */
record StoredImage(
    String id,
    String manifest,
    String mediaType,
    List<String> blobs,
    long size,
    Instant created,
    List<String> diffIds,
    Image.Config config) {
  StoredImage {
    blobs = List.copyOf(blobs);
    diffIds = List.copyOf(diffIds);
  }
}
