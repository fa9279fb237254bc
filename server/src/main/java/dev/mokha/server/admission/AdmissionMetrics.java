package dev.mokha.server.admission;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import java.util.ArrayList;
import java.util.List;

/** How long plug-ins take, and how often they refuse. */
public final class AdmissionMetrics implements MetricSource {
  private static final String DURATION =
      "apiserver_admission_controller_admission_duration_seconds";
  private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1, 2.5};

  private final List<Plugin> plugins = new ArrayList<>();

  /** The figures of one plug-in; both its passes are timed, whatever it does in them. */
  public static final class Plugin {
    private static final int PER_OPERATION = 4;

    private final String name;
    private final Histogram[] durations = new Histogram[Operation.values().length * PER_OPERATION];

    private Plugin(String name) {
      this.name = name;
    }

    /** Notes that a pass is over. */
    public void note(Operation operation, boolean mutating, boolean rejected, long nanos) {
      int i = operation.ordinal() * PER_OPERATION + (mutating ? 2 : 0) + (rejected ? 1 : 0);
      Histogram h = durations[i];
      (h == null ? create(i) : h).add(nanos);
    }

    /** A histogram has final fields alone, so it may be seen without a lock once it is there. */
    private synchronized Histogram create(int i) {
      if (durations[i] == null) {
        durations[i] = Histogram.ofSeconds(SECONDS);
      }
      return durations[i];
    }

    private synchronized void write(Exposition out) {
      for (Operation operation : Operation.values()) {
        for (int i = 0; i < PER_OPERATION; i++) {
          Histogram h = durations[operation.ordinal() * PER_OPERATION + i];
          if (h != null) {
            h.write(
                out,
                DURATION,
                Exposition.label("name", name)
                    + ",operation=\""
                    + operation
                    + "\",rejected=\""
                    + (i % 2 == 1)
                    + "\",type=\""
                    + (i >= 2 ? "admit" : "validate")
                    + "\"");
          }
        }
      }
    }
  }

  /** Adds a plug-in; before the first request. */
  public Plugin add(AdmissionPlugin plugin) {
    Plugin figures = new Plugin(plugin.name());
    plugins.add(figures);
    return figures;
  }

  @Override
  public void write(Exposition out) {
    out.histogram(DURATION, "How long admission plug-ins took, in seconds.");
    plugins.forEach(p -> p.write(out));
  }
}
