package dev.mokha.node.timing;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's one timer. What it starts runs on a virtual thread and may block. */
public final class Alarms implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Alarms.class);

  private final ScheduledThreadPoolExecutor timer;

  /** A timer with a thread of its own. */
  public Alarms() {
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("node-alarms").factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** A set alarm. */
  @FunctionalInterface
  public interface Alarm {
    /** Takes it back, if it has not gone off yet. */
    void cancel();
  }

  /** Runs something at a time, at once when that is over. */
  public Alarm at(Instant time, String name, Runnable task) {
    return after(Duration.between(Instant.now(), time), name, task);
  }

  /** Runs something after a while. */
  public Alarm after(Duration delay, String name, Runnable task) {
    requireNonNull(task, "task");
    ScheduledFuture<?> future =
        timer.schedule(() -> run(name, task), Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  /** Runs something again and again, the first time after one period. */
  public Alarm every(Duration period, String name, Runnable task) {
    ScheduledFuture<?> future =
        timer.scheduleAtFixedRate(
            () -> run(name, task), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static void run(String name, Runnable task) {
    Thread.ofVirtual()
        .name(name)
        .start(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                log.error("{} failed", name, e);
              }
            });
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
