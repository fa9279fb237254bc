package dev.mokha.server.http;

import dev.mokha.server.pipeline.Query;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checks behind {@code /livez}, {@code /readyz} and {@code /healthz}. */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  /**
   * A check.
   *
   * @param name as the verbose answer shows it
   * @param live whether its failure means that the server should be restarted
   * @param failure empty when all is well, else why not
   */
  private record Check(String name, boolean live, Supplier<Optional<String>> failure) {}

  private final List<Check> checks = Collections.synchronizedList(new ArrayList<>());

  /** With the one check that always passes when anything is answered at all. */
  public Health() {
    add("ping", true, Optional::empty);
    add("log", true, Optional::empty);
  }

  /** Adds a check; it runs for every question, so it must be quick. */
  public void add(String name, boolean live, Supplier<Optional<String>> failure) {
    checks.add(new Check(name, live, failure));
  }

  /** True when all checks pass. */
  public boolean isReady() {
    return all().stream().allMatch(c -> c.failure.get().isEmpty());
  }

  private List<Check> all() {
    synchronized (checks) {
      return List.copyOf(checks);
    }
  }

  Reply answer(String which, String rest, Query query) {
    List<Check> relevant = all().stream().filter(c -> c.live || !which.equals("livez")).toList();
    if (!rest.isEmpty() && !rest.equals("/")) {
      String name = rest.substring(1);
      return relevant.stream()
          .filter(c -> c.name.equals(name))
          .findFirst()
          .map(c -> c.failure.get().map(this::failed).orElseGet(() -> Reply.text(200, "ok")))
          .orElse(null);
    }
    StringBuilder report = new StringBuilder();
    boolean failed = false;
    for (Check c : relevant) {
      if (query.all("exclude").contains(c.name)) {
        report.append("[+]").append(c.name).append(" excluded: ok\n");
        continue;
      }
      Optional<String> why = c.failure.get();
      if (why.isPresent()) {
        failed = true;
        log.warn("{} check {} failed: {}", which, c.name, why.get());
        report.append("[-]").append(c.name).append(" failed: reason withheld\n");
      } else {
        report.append("[+]").append(c.name).append(" ok\n");
      }
    }
    if (failed) {
      return Reply.text(500, report.append(which).append(" check failed\n").toString());
    }
    return query.has("verbose")
        ? Reply.text(200, report.append(which).append(" check passed\n").toString())
        : Reply.text(200, "ok");
  }

  private Reply failed(String why) {
    return Reply.text(500, "internal server error: " + why + "\n");
  }
}
