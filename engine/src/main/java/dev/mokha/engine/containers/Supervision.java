package dev.mokha.engine.containers;

/**
 * What the engine does for a container while nobody looks.
 *
 * @param restart when it is started again
 * @param health how its health is checked; null for not at all
 */
public record Supervision(Restart restart, HealthCheck health) {
  /** Neither restarted nor checked. */
  public static final Supervision NONE = new Supervision(Restart.NEVER, null);
}
