package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.pipeline.Query;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks behind {@code /livez}, {@code /readyz} and {@code /healthz}.
 *
 * <p>What only {@code /readyz} asks tells that requests should go elsewhere, for now; whatever
 * fails at {@code /livez} means that the server should be started again.
 */
public final class Health implements MetricSource {
  private static final Logger log = LoggerFactory.getLogger(Health.class);
  private static final String STATE = "kubernetes_healthcheck";
  private static final String TOTAL = "kubernetes_healthchecks_total";

  /** Who is asked. */
  private enum Endpoint {
    HEALTHZ,
    LIVEZ,
    READYZ;

    final String path = name().toLowerCase(Locale.ROOT);
  }

  private static final Set<Endpoint> EVERYWHERE = EnumSet.allOf(Endpoint.class);
  private static final Set<Endpoint> READINESS = EnumSet.of(Endpoint.READYZ);

  /** A check, and how often it passed and failed for whom. */
  private static final class Check {
    final String name;
    final Set<Endpoint> askedBy;
    final Supplier<Optional<String>> failure;
    final Map<Endpoint, LongAdder> passed = new EnumMap<>(Endpoint.class);
    final Map<Endpoint, LongAdder> failed = new EnumMap<>(Endpoint.class);

    Check(String name, Set<Endpoint> askedBy, Supplier<Optional<String>> failure) {
      this.name = requireNonNull(name, "name");
      this.askedBy = askedBy;
      this.failure = requireNonNull(failure, "failure");
      for (Endpoint e : askedBy) {
        passed.put(e, new LongAdder());
        failed.put(e, new LongAdder());
      }
    }

    Optional<String> ask(Endpoint by) {
      Optional<String> why = failure.get();
      (why.isEmpty() ? passed : failed).get(by).increment();
      return why;
    }
  }

  private final List<Check> checks = new CopyOnWriteArrayList<>();
  private volatile boolean shuttingDown;

  /** With the checks that pass when anything is answered at all, and the one of shutting down. */
  public Health() {
    add("ping", Optional::empty);
    add("log", Optional::empty);
    addReadiness(
        "shutdown",
        () -> shuttingDown ? Optional.of("process is shutting down") : Optional.empty());
  }

  /**
   * Adds a check that all three paths ask.
   *
   * @param name as the verbose answer shows it
   * @param failure empty when all is well, else why not; it is called for every question, so it
   *     must be quick
   */
  public void add(String name, Supplier<Optional<String>> failure) {
    insert(new Check(name, EVERYWHERE, failure));
  }

  /** Adds a check that {@code /readyz} alone asks. */
  public void addReadiness(String name, Supplier<Optional<String>> failure) {
    insert(new Check(name, READINESS, failure));
  }

  /** Shutting down is told last, as it is where people are used to read it. */
  private void insert(Check check) {
    int last = checks.size() - 1;
    if (last >= 0 && checks.get(last).name.equals("shutdown")) {
      checks.add(last, check);
    } else {
      checks.add(check);
    }
  }

  /** From here on {@code /readyz} fails. */
  public void shutDown() {
    shuttingDown = true;
  }

  /** True when all checks pass. */
  public boolean isReady() {
    return checks.stream().allMatch(c -> c.failure.get().isEmpty());
  }

  /**
   * The answer.
   *
   * @param which {@code healthz}, {@code livez} or {@code readyz}
   * @param rest what follows in the path: a slash and the name of one check, or nothing
   * @return null when there is no such check
   */
  Reply answer(String which, String rest, Query query) {
    Endpoint endpoint = Endpoint.valueOf(which.toUpperCase(Locale.ROOT));
    List<Check> asked = checks.stream().filter(c -> c.askedBy.contains(endpoint)).toList();
    return rest.isEmpty()
        ? report(endpoint, asked, query)
        : asked.stream()
            .filter(c -> c.name.equals(rest.substring(1)))
            .findFirst()
            .map(c -> one(endpoint, c))
            .orElse(null);
  }

  private static Reply one(Endpoint endpoint, Check check) {
    return check
        .ask(endpoint)
        .map(why -> failed("internal server error: " + why))
        .orElseGet(() -> Reply.text(200, "ok"));
  }

  private static Reply report(Endpoint endpoint, List<Check> asked, Query query) {
    Set<String> unknown = new TreeSet<>(query.all("exclude"));
    Set<String> excluded = Set.copyOf(unknown);
    StringBuilder report = new StringBuilder();
    boolean failed = false;
    for (Check c : asked) {
      if (excluded.contains(c.name)) {
        unknown.remove(c.name);
        report.append("[+]").append(c.name).append(" excluded: ok\n");
        continue;
      }
      Optional<String> why = c.ask(endpoint);
      if (why.isPresent()) {
        failed = true;
        log.warn("{} check {} failed: {}", endpoint.path, c.name, why.get());
        // Anybody may ask; why it failed is for those who may read the log.
        report.append("[-]").append(c.name).append(" failed: reason withheld\n");
      } else {
        report.append("[+]").append(c.name).append(" ok\n");
      }
    }
    if (!unknown.isEmpty()) {
      report.append("warn: some health checks cannot be excluded: no matches for ");
      report.append(
          unknown.stream()
              .map(n -> "\"" + n.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
              .collect(Collectors.joining(",")));
      report.append('\n');
    }
    if (failed) {
      return failed(report + endpoint.path + " check failed");
    }
    return query.has("verbose")
        ? Reply.text(200, report + endpoint.path + " check passed\n")
        : Reply.text(200, "ok");
  }

  private static Reply failed(String text) {
    return Reply.text(500, text + "\n").with("X-Content-Type-Options", "nosniff");
  }

  /** All checks as they are now: what {@code /metrics/slis} shows. */
  @Override
  public void write(Exposition out) {
    out.gauge(STATE, "1 when a check passes, 0 when it does not.");
    for (Check c : checks) {
      for (Endpoint e : c.askedBy) {
        out.value(STATE, labels(c, e), c.ask(e).isEmpty() ? 1 : 0);
      }
    }
    out.counter(TOTAL, "How often checks passed and failed.");
    for (Check c : checks) {
      c.passed.forEach((e, count) -> total(out, c, e, "success", count));
      c.failed.forEach((e, count) -> total(out, c, e, "error", count));
    }
  }

  private static void total(Exposition out, Check c, Endpoint e, String status, LongAdder count) {
    if (count.sum() > 0) {
      out.value(TOTAL, labels(c, e) + "," + Exposition.label("status", status), count.sum());
    }
  }

  private static String labels(Check c, Endpoint e) {
    return Exposition.label("name", c.name) + "," + Exposition.label("type", e.path);
  }
}
