package dev.mokha.engine.build;

import java.time.Duration;
import java.util.List;

/**
 * What happens in a build. Steps are numbered from 1 in the order of the Dockerfile, over all
 * stages that are built; stages run side by side, so events of several steps may come mixed.
 */
public sealed interface BuildEvent {
  /** A step of the build. */
  sealed interface OfStep extends BuildEvent {
    /** Its number, from 1. */
    int step();
  }

  /**
   * The stages to build are known.
   *
   * @param steps how many there are
   * @param plan what they are, in the order of the Dockerfile; labels that the caller adds are none
   *     of its instructions and not in it
   */
  record Planned(int steps, List<PlannedStep> plan) implements BuildEvent {
    /** Copies the plan. */
    public Planned {
      plan = List.copyOf(plan);
    }
  }

  /**
   * A step as the Dockerfile has it.
   *
   * @param step its number, from 1
   * @param stage the stage's name; empty when it has none, or before the first stage
   * @param index the stage's number, from 0; -1 before the first
   * @param line where it begins, from 1
   * @param text the instruction
   */
  record PlannedStep(int step, String stage, int index, int line, String text) {}

  /**
   * A step begins.
   *
   * @param stage the stage's name, or its number
   * @param text the instruction as it is shown, such as {@code RUN make}
   */
  record Started(int step, int steps, String stage, String text) implements OfStep {}

  /** What a step needs is fetched; as {@link dev.mokha.engine.images.Progress}. */
  record Fetching(int step, String item, String action, long done, long total) implements OfStep {}

  /** The step's result was in the cache. */
  record Cached(int step) implements OfStep {}

  /** A container runs the step. */
  record Running(int step, String containerId) implements OfStep {}

  /** The container is gone; not told of one whose command failed, which is gone too. */
  record Removed(int step, String containerId) implements OfStep {}

  /**
   * The step's command wrote something.
   *
   * @param error whether to its standard error
   */
  record Wrote(int step, boolean error, String text) implements OfStep {}

  /** Something to know; such as triggers, or a build argument that nobody used. */
  record Note(int step, String text) implements OfStep {}

  /**
   * A step is done.
   *
   * @param imageId id that an image of what is there now would have; empty for {@code scratch},
   *     null for a step before the first stage
   */
  record Done(int step, String imageId, Duration took) implements OfStep {}

  /** A step failed; the build ends with an exception that says more. */
  record Failed(int step, String message, Duration took) implements OfStep {}

  /** The layers are made one. */
  record Squashed(String imageId) implements BuildEvent {}

  /** A word of warning about the build as a whole. */
  record Warning(String text) implements BuildEvent {}

  /** The image is registered. */
  record Built(String imageId) implements BuildEvent {}

  /** It has a name; as the user gave it, with the tag. */
  record Tagged(String name) implements BuildEvent {}
}
