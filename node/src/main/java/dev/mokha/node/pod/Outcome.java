package dev.mokha.node.pod;

/**
 * How a pod ended.
 *
 * @param phase {@code Succeeded} or {@code Failed}
 * @param reason such as {@code DeadlineExceeded}; empty when its containers say it all
 * @param message in words; may be empty
 */
public record Outcome(String phase, String reason, String message) {
  /** All containers ended well. */
  public static final Outcome SUCCEEDED = new Outcome("Succeeded", "", "");

  /** A container failed for good. */
  public static final Outcome FAILED = new Outcome("Failed", "", "");

  /** The node ends the pod. */
  public static Outcome failed(String reason, String message) {
    return new Outcome("Failed", reason, message);
  }
}
