package dev.mokha.server.pipeline;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.authorization.Decision;
import java.util.concurrent.atomic.LongAdder;

/** How often requests proved who sent them, and were let through, and how long that took. */
public final class AccessMetrics implements MetricSource {
  private static final double[] SECONDS = {
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    8.192, 16.384
  };

  private final Outcome proved = new Outcome("success");
  private final Outcome disproved = new Outcome("failure");
  private final Outcome allowed = new Outcome("allowed");
  private final Outcome denied = new Outcome("denied");
  private final Outcome noOpinion = new Outcome("no-opinion");

  private static final class Outcome {
    final String label;
    final LongAdder count = new LongAdder();
    final Histogram duration = Histogram.ofSeconds(SECONDS);

    Outcome(String name) {
      label = Exposition.label("result", name);
    }

    void add(long nanos) {
      count.increment();
      duration.add(nanos);
    }
  }

  /** A request proved who sent it, or failed to; those that try nothing are not counted. */
  public void authenticated(boolean success, long nanos) {
    (success ? proved : disproved).add(nanos);
  }

  void authorized(Decision decision, long nanos) {
    Outcome outcome =
        switch (decision.outcome()) {
          case ALLOW -> allowed;
          case DENY -> denied;
          case NO_OPINION -> noOpinion;
        };
    outcome.add(nanos);
  }

  @Override
  public void write(Exposition out) {
    write(out, "authentication_attempts", "authentication_duration_seconds", proved, disproved);
    write(
        out,
        "authorization_attempts_total",
        "authorization_duration_seconds",
        allowed,
        denied,
        noOpinion);
  }

  private static void write(Exposition out, String attempts, String duration, Outcome... outcomes) {
    out.counter(attempts, "Decisions by their outcome.");
    for (Outcome o : outcomes) {
      if (o.count.sum() > 0) {
        out.value(attempts, o.label, o.count.sum());
      }
    }
    out.histogram(duration, "How long the decisions took.");
    for (Outcome o : outcomes) {
      if (o.count.sum() > 0) {
        o.duration.write(out, duration, o.label);
      }
    }
  }
}
