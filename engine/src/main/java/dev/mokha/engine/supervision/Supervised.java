package dev.mokha.engine.supervision;

import dev.mokha.engine.containers.Container;

/** A container as its supervisor sees it. */
public interface Supervised {
  /** The container. */
  Container container();

  /** Whether somebody stopped it since it was last started. */
  boolean stopped();

  /**
   * Whether its last run ended, with an exit code that is known, while no supervisor was there to
   * decide what comes next.
   */
  boolean endedUnseen();

  /**
   * Starts it again, and counts that as a restart by policy.
   *
   * @param ended the state it was left in; nothing is done when it is in another by now
   */
  void startAgain(Container.State ended);

  /** Keeps what a check said; does nothing when the run that was checked is over. */
  void checked(Container.State run, Container.Health health);
}
