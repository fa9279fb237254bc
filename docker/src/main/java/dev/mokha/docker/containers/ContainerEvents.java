package dev.mokha.docker.containers;

import java.util.Map;

/** Where what happens to containers is told. */
@FunctionalInterface
public interface ContainerEvents {
  /**
   * Tells of one thing that happened; never blocks.
   *
   * @param action Docker's word, such as {@code start}
   * @param id of the container
   * @param attributes its labels, image and name, and what belongs to the action
   */
  void publish(String action, String id, Map<String, String> attributes);
}
