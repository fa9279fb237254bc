package dev.mokha.engine.build.run;

import java.util.List;

/**
 * Where a stage has come to.
 *
 * @param configuration of the image so far; not to be changed
 * @param diffIds its layers, lowest first
 * @param key digest of everything that led here
 * @param imageId id an image of it has; empty for {@code scratch}
 * @param base how many of the layers are the base image's
 * @param baseId id of the base image; empty for {@code scratch}
 */
record StageState(
    Configuration configuration,
    List<String> diffIds,
    String key,
    String imageId,
    int base,
    String baseId) {
  StageState {
    diffIds = List.copyOf(diffIds);
  }
}
