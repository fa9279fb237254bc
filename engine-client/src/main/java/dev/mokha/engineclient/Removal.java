package dev.mokha.engineclient;

/**
 * How a container is removed.
 *
 * @param force whether it is killed first if it runs
 * @param volumes whether its anonymous volumes go too
 */
public record Removal(boolean force, boolean volumes) {
  /** Only if it does not run; volumes stay. */
  public static final Removal PLAIN = new Removal(false, false);

  /** Whatever it does, with its anonymous volumes. */
  public static final Removal FORCED = new Removal(true, true);
}
