package dev.mokha.engine.build;

/** Hears what a build does; one event at a time, but from several threads. Must not block long. */
@FunctionalInterface
public interface BuildOutput {
  /** Nobody listens. */
  BuildOutput NONE = event -> {};

  /** Something happened. */
  void event(BuildEvent event);
}
