package dev.mokha.engine.images;

import dev.mokha.engine.snapshots.Snapshots;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells what containers use of the images, so that it is not removed. */
@FunctionalInterface
public interface ImageUse {
  /** Nothing is in use. */
  ImageUse NONE = List::of;

  /**
   * A container that was made from an image.
   *
   * @param containerId its id
   * @param imageId the image; empty for a root file system of its own
   * @param diffIds the layers it is mounted on, lowest first
   * @param running whether it runs (or is frozen)
   */
  record User(String containerId, String imageId, List<String> diffIds, boolean running) {
    /** Copies the layers. */
    public User {
      diffIds = List.copyOf(diffIds);
    }
  }

  /** All containers. */
  List<User> users();

  /** Ids of the images that containers are made from. */
  default Set<String> imageIds() {
    return users().stream().map(User::imageId).collect(Collectors.toSet());
  }

  /** Chain ids of the layers that containers are mounted on. */
  default Set<String> chainIds() {
    return users().stream()
        .map(User::diffIds)
        .distinct()
        .flatMap(diffIds -> Snapshots.chainIds(diffIds).stream())
        .collect(Collectors.toSet());
  }
}
