package dev.mokha.server.crd.validation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Adds up what the rules of a schema can cost in the worst case, in the units of CEL's cost model:
 * how much one evaluation can cost, times how often the value can occur in an object.
 */
final class RuleCosts {
  /** The most that one rule may cost. */
  static final long PER_RULE = 10_000_000;

  /** The most that all rules of a schema may cost together. */
  static final long PER_SCHEMA = 100_000_000;

  private static final int SHOWN = 4;

  private record Expensive(Path path, long cost) {}

  private final boolean unchanged;
  private final List<Expensive> expensive = new ArrayList<>();
  private long total;

  /**
   * For one version's schema.
   *
   * @param unchanged whether it was accepted before as it is: then single rules pass whatever they
   *     cost
   */
  RuleCosts(boolean unchanged) {
    this.unchanged = unchanged;
  }

  static long multiply(long a, long b) {
    return a != 0 && Long.MAX_VALUE / a < b ? Long.MAX_VALUE : a * b;
  }

  void rule(long cost, long cardinality, Path path, Causes causes) {
    add("estimated rule cost", multiply(cost, cardinality), path, causes);
  }

  void message(long cost, Path path, Causes causes) {
    add("estimated messageExpression cost", cost, path, causes);
  }

  private void add(String what, long cost, Path path, Causes causes) {
    if (cost > PER_RULE && !unchanged) {
      causes.forbidden(path, exceeds(what, cost, PER_RULE));
    }
    long sum = total + cost;
    total = sum < 0 ? Long.MAX_VALUE : sum;
    if (cost >= PER_SCHEMA / 100) {
      expensive.add(new Expensive(path, cost));
    }
  }

  /** Complains when all rules together cost too much. */
  void checkTotal(Path schema, Causes causes) {
    if (total <= PER_SCHEMA) {
      return;
    }
    expensive.sort(Comparator.comparingLong(Expensive::cost).reversed());
    for (Expensive rule : expensive.subList(0, Math.min(SHOWN, expensive.size()))) {
      causes.forbidden(
          rule.path,
          "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3"
              + " schema");
    }
    causes.forbidden(
        schema,
        exceeds(
            "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
            total,
            PER_SCHEMA));
  }

  private static String exceeds(String what, long cost, long limit) {
    double factor = (double) cost / limit;
    String times =
        factor > 100
            ? "more than 100x"
            : new BigDecimal(factor)
                    .setScale(factor < 1.5 ? 6 : 1, RoundingMode.HALF_EVEN)
                    .toPlainString()
                + "x";
    return "%s exceeds budget by factor of %s (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
        .formatted(what, times);
  }
}
