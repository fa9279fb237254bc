package dev.mokha.node.pod;

import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.ContainerRestartRuleOnExitCodes;
import java.time.Duration;
import java.time.Instant;

/**
 * Whether and when an ended container runs again.
 *
 * <p>The crash back-off: the first restart comes at once, the next waits 10 s after the end, then
 * 20 s, doubling to 5 min; a run of 10 min or more starts it anew.
 */
public final class RestartRules {
  /** The first wait. */
  public static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);

  /** The longest wait. */
  public static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);

  /** A run of this length forgives all crashes before it. */
  public static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

  private RestartRules() {}

  /** Whether an ended run is followed by another one. */
  public static boolean restarts(BoundPod pod, PodContainer container, ContainerRun run) {
    if (container.kind() == ContainerKind.EPHEMERAL) {
      return false;
    }
    if (container.kind() == ContainerKind.SIDECAR) {
      return true;
    }
    if (!run.hash().equals(container.hash())) {
      return true;
    }
    if (container.kind() == ContainerKind.INIT && run.exitCode() == 0) {
      return false;
    }
    for (ContainerRestartRule rule : container.spec().getRestartPolicyRules()) {
      if (matches(rule, run.exitCode())) {
        return "Restart".equals(rule.getAction());
      }
    }
    String own = container.spec().getRestartPolicy();
    return switch (own == null ? pod.restartPolicy() : own) {
      case "Never" -> false;
      case "OnFailure" -> run.exitCode() != 0;
      default -> true;
    };
  }

  private static boolean matches(ContainerRestartRule rule, int exitCode) {
    ContainerRestartRuleOnExitCodes codes = rule.getExitCodes();
    if (codes == null) {
      return false;
    }
    boolean listed = codes.getValues().contains(exitCode);
    return "NotIn".equals(codes.getOperator()) ? !listed : listed;
  }

  /** When the run after this one may start. */
  public static Instant restartAt(PodContainer container, ContainerRun run) {
    Instant end = run.finished() == null ? run.created() : run.finished();
    return forgiven(run) || !run.hash().equals(container.hash()) ? end : end.plus(run.backOff());
  }

  /** The wait that will follow the run after this one. */
  public static Duration nextBackOff(ContainerRun run) {
    if (run.backOff().isZero() || forgiven(run)) {
      return FIRST_BACK_OFF;
    }
    Duration doubled = run.backOff().multipliedBy(2);
    return doubled.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : doubled;
  }

  private static boolean forgiven(ContainerRun run) {
    return run.started() != null
        && run.finished() != null
        && Duration.between(run.started(), run.finished()).compareTo(FORGIVEN_AFTER) >= 0;
  }
}
