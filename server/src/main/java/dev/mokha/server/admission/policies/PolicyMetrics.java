package dev.mokha.server.admission.policies;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What validating policies have against requests, and how long their expressions took. A validation
 * that holds is not counted, unless it holds only because its failure is ignored.
 */
public final class PolicyMetrics implements MetricSource {
  private static final String TOTAL = "apiserver_validating_admission_policy_check_total";
  private static final String DURATION =
      "apiserver_validating_admission_policy_check_duration_seconds";
  private static final double[] SECONDS = {0.0000005, 0.001, 0.01, 0.1, 1};

  /** What went wrong in an expression. */
  enum Trouble {
    NONE("no_error"),
    INVALID("invalid_error"),
    OUT_OF_BUDGET("out_of_budget");

    private final String text;

    Trouble(String text) {
      this.text = text;
    }
  }

  private record Check(String policy, String binding, String action, Trouble trouble) {
    String labels() {
      return "enforcement_action=\""
          + action
          + "\",error_type=\""
          + trouble.text
          + "\","
          + Exposition.label("policy", policy)
          + ","
          + Exposition.label("policy_binding", binding);
    }
  }

  private final Map<Check, Histogram> checks = new ConcurrentHashMap<>();

  /**
   * Notes a finding.
   *
   * @param action {@code allow}, {@code deny}, {@code warn} or {@code audit}
   */
  void note(Policy policy, Binding binding, String action, Trouble trouble, long nanos) {
    checks
        .computeIfAbsent(
            new Check(policy.name(), binding.name(), action, trouble),
            k -> Histogram.ofSeconds(SECONDS))
        .add(nanos);
  }

  @Override
  public void write(Exposition out) {
    out.counter(TOTAL, "Validations of admission policies by what was done about them.");
    checks.forEach((k, h) -> out.value(TOTAL, k.labels(), h.count()));
    out.histogram(DURATION, "How long validations of admission policies took, in seconds.");
    checks.forEach((k, h) -> h.write(out, DURATION, k.labels()));
  }
}
