package dev.mokha.engine.images;

import java.time.Instant;

/**
 * Something happened to an image.
 *
 * @param action what
 * @param id of the image
 * @param name the name it was done by, complete; empty when there is none
 * @param at when
 */
public record ImageEvent(Action action, String id, String name, Instant at) {
  /** What can happen, in Docker's words. */
  public enum Action {
    PULL,
    PUSH,
    TAG,
    UNTAG,
    DELETE,
    IMPORT,
    LOAD,
    SAVE,
    /** Made here: built, committed or composed. */
    CREATE
  }
}
