package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

/**
 * What an authorizer says.
 *
 * @param outcome allowed, denied, or nothing
 * @param reason why, for the audit log and for {@code SubjectAccessReview}; may be empty
 */
public record Decision(Outcome outcome, String reason) {
  /** The three answers. */
  public enum Outcome {
    ALLOW,
    DENY,
    NO_OPINION
  }

  /** Nothing to say. */
  public static final Decision NO_OPINION = new Decision(Outcome.NO_OPINION, "");

  /** Refuses nulls. */
  public Decision {
    requireNonNull(outcome, "outcome");
    requireNonNull(reason, "reason");
  }

  /** He may. */
  public static Decision allow(String reason) {
    return new Decision(Outcome.ALLOW, reason);
  }

  /** He may not, whatever the next authorizer says. */
  public static Decision deny(String reason) {
    return new Decision(Outcome.DENY, reason);
  }

  /** Nothing to say, and why. */
  public static Decision noOpinion(String reason) {
    return new Decision(Outcome.NO_OPINION, reason);
  }

  /** True when he may. */
  public boolean allowed() {
    return outcome == Outcome.ALLOW;
  }
}
