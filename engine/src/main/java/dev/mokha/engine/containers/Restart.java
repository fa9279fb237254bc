package dev.mokha.engine.containers;

/**
 * When a container that has exited is started again.
 *
 * @param policy which ends count
 * @param maximumRetries how often in a row for {@code ON_FAILURE}; 0 for ever
 */
public record Restart(Policy policy, int maximumRetries) {
  /** Never. */
  public static final Restart NEVER = new Restart(Policy.NO, 0);

  /** Docker's policies. */
  public enum Policy {
    /** Never. */
    NO,
    /** After each end but a stop; after a stop too when the daemon starts. */
    ALWAYS,
    /** After each end, unless somebody stopped it. */
    UNLESS_STOPPED,
    /** After an exit code other than 0. */
    ON_FAILURE
  }
}
