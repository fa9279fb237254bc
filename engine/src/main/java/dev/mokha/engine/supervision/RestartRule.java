package dev.mokha.engine.supervision;

import dev.mokha.engine.containers.Restart;
import java.time.Duration;

/** Decides whether a container that has ended is started again, and when. */
public final class RestartRule {
  /** The first pause; it doubles with each restart that follows. */
  public static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  /** The longest pause. */
  public static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** A run of this length makes the next pause the first again. */
  public static final Duration STEADY = Duration.ofSeconds(10);

  private RestartRule() {}

  /**
   * Whether a container is started again after an end.
   *
   * @param stopped whether somebody stopped it
   * @param restarts how often its policy has started it since somebody did
   */
  public static boolean again(Restart rule, int exitCode, boolean stopped, int restarts) {
    return !stopped
        && switch (rule.policy()) {
          case NO -> false;
          case ALWAYS, UNLESS_STOPPED -> true;
          case ON_FAILURE ->
              exitCode != 0 && (rule.maximumRetries() <= 0 || restarts < rule.maximumRetries());
        };
  }

  /**
   * Whether a container that does not run is started when the daemon comes up.
   *
   * @param everRan one that was only created waits for its first start
   */
  public static boolean atDaemonStart(Restart rule, boolean stopped, boolean everRan) {
    return everRan
        && switch (rule.policy()) {
          case NO, ON_FAILURE -> false;
          case ALWAYS -> true;
          case UNLESS_STOPPED -> !stopped;
        };
  }

  /**
   * The pause before a restart.
   *
   * @param last the pause before the restart before; zero for none
   * @param ran how long the run that ended was
   */
  public static Duration pause(Duration last, Duration ran) {
    if (last.isZero() || ran.compareTo(STEADY) >= 0) {
      return FIRST_PAUSE;
    }
    Duration doubled = last.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }
}
