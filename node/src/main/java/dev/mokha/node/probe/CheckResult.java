package dev.mokha.node.probe;

/**
 * The result of one check.
 *
 * @param success whether all is well
 * @param message what was seen, in a form fit for an event
 * @param refused nobody listened: the application may just not be up yet
 */
public record CheckResult(boolean success, String message, boolean refused) {
  /** All is well. */
  public static CheckResult ok(String message) {
    return new CheckResult(true, message, false);
  }

  /** Something is wrong. */
  public static CheckResult failed(String message) {
    return new CheckResult(false, message, false);
  }
}
