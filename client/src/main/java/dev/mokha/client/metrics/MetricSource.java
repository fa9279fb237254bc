package dev.mokha.client.metrics;

/** Something that has figures to show at {@code /metrics}. */
@FunctionalInterface
public interface MetricSource {
  /**
   * Writes its figures; called for every scrape, so whatever is cheap to compute is computed here.
   */
  void write(Exposition out);
}
