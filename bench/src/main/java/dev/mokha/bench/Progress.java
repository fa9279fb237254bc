package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says on the error output how far a wait has come, once it has taken a second: four times a second
 * on one line of a terminal, every ten seconds on a line of its own elsewhere.
 *
 * <pre>{@code
 * try (Progress progress = Progress.start(err, "pods that run", 50)) {
 *   progress.step();
 * }
 * }</pre>
 */
final class Progress implements AutoCloseable {
  private static final long QUIET_MILLIS = 1_000;

  private final PrintWriter err;
  private final String what;
  private final int total;
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final long started = System.nanoTime();
  private final AtomicInteger done = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread;

  private Progress(PrintWriter err, String what, int total) {
    this.err = requireNonNull(err, "err");
    this.what = requireNonNull(what, "what");
    this.total = total;
    this.thread = Thread.ofVirtual().name("progress").unstarted(this::show);
  }

  /** Begins to wait for {@code total} things. */
  static Progress start(PrintWriter err, String what, int total) {
    Progress progress = new Progress(err, what, total);
    progress.thread.start();
    return progress;
  }

  /** One more is done. */
  void step() {
    done.incrementAndGet();
  }

  /** So many are done. */
  void reached(int count) {
    done.set(count);
  }

  private void show() {
    boolean shown = false;
    try {
      long wait = QUIET_MILLIS;
      while (!over.await(wait, TimeUnit.MILLISECONDS)) {
        err.print((terminal ? "\r" : "") + line() + (terminal ? "\033[K" : "\n"));
        err.flush();
        shown = true;
        wait = terminal ? 250 : 10_000;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (shown && terminal) {
      err.print("\r\033[K");
      err.flush();
    }
  }

  private String line() {
    long seconds = (System.nanoTime() - started) / 1_000_000_000;
    return "%s: %d of %d, %d s".formatted(what, done.get(), total, seconds);
  }

  @Override
  public void close() {
    over.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
