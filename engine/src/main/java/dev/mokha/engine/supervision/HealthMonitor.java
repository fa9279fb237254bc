package dev.mokha.engine.supervision;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Container.Check;
import dev.mokha.engine.containers.HealthCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks the health of one run of a container, one check after the other, until it is closed. */
final class HealthMonitor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);
  private static final int OUTPUT_BYTES = 4096;
  private static final int FAILED = -1;

  private final Supervised supervised;
  private final HealthCheck rule;
  private final Container.State run;
  private final Thread thread;

  /**
   * Begins to check.
   *
   * @param run the state of the run that is checked
   */
  HealthMonitor(Supervised supervised, HealthCheck rule, Container.State run) {
    this.supervised = supervised;
    this.rule = rule;
    this.run = run;
    this.thread =
        Thread.ofVirtual().name("health-" + supervised.container().id()).start(this::check);
  }

  /** Whether it checks this very run, by this very rule. */
  boolean isFor(Container.State other, HealthCheck otherRule) {
    return run.pid() == other.pid()
        && run.started().equals(other.started())
        && rule.equals(otherRule);
  }

  private void check() {
    Container container = supervised.container();
    try {
      while (true) {
        Thread.sleep(HealthRule.pause(container.health(), rule, run.started(), Instant.now()));
        Check check = probe(container);
        if (Thread.interrupted()) {
          return;
        }
        supervised.checked(run, HealthRule.after(container.health(), rule, run.started(), check));
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("The health of container {} is no longer checked", container.id(), e);
    }
  }

  private Check probe(Container container) throws InterruptedException {
    Instant start = Instant.now();
    Duration timeout = HealthRule.timeout(rule);
    Said said = new Said();
    try (Container.ExecSession session =
        container.exec(
            new Container.ExecSpec(rule.command(), List.of(), "", "", false, false, false))) {
      CompletableFuture<Integer> end = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> await(session, said, end));
      try {
        int code = end.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        return new Check(start, Instant.now(), code, said.text());
      } catch (TimeoutException e) {
        session.close(); // kills it
        return new Check(
            start,
            Instant.now(),
            FAILED,
            "Health check exceeded timeout (" + words(timeout) + "): " + said.text());
      }
    } catch (ExecutionException | RuntimeException e) {
      return new Check(start, Instant.now(), FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static void await(
      Container.ExecSession session, Said said, CompletableFuture<Integer> end) {
    try {
      Thread errors = Thread.ofVirtual().start(() -> said.read(session.stderr()));
      said.read(session.stdout());
      errors.join();
      end.complete(session.awaitExit());
    } catch (InterruptedException | RuntimeException e) {
      end.completeExceptionally(e);
    }
  }

  /** A duration as Go writes it, such as {@code 1m30s} or {@code 500ms}. */
  static String words(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1000) {
      return millis + "ms";
    }
    StringBuilder words = new StringBuilder();
    if (duration.toHours() > 0) {
      words.append(duration.toHours()).append('h');
    }
    if (duration.toMinutes() > 0) {
      words.append(duration.toMinutesPart()).append('m');
    }
    String seconds =
        millis % 1000 == 0
            ? Integer.toString(duration.toSecondsPart())
            : String.format(Locale.ROOT, "%.3f", duration.toMillis() % 60_000 / 1000.0)
                .replaceAll("0+$", "");
    return words.append(seconds).append('s').toString();
  }

  /** The first bytes of what a check says, to both streams. */
  private static final class Said {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean more;

    void read(InputStream in) {
      byte[] buffer = new byte[OUTPUT_BYTES];
      try {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          put(buffer, n);
        }
      } catch (IOException closed) {
        // The check was killed.
      }
    }

    private synchronized void put(byte[] buffer, int n) {
      int room = OUTPUT_BYTES - bytes.size();
      bytes.write(buffer, 0, Math.min(n, room));
      more |= n > room;
    }

    synchronized String text() {
      return bytes.toString(StandardCharsets.UTF_8) + (more ? "..." : "");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
