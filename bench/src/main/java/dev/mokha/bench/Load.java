package dev.mokha.bench;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Does one thing again and again, so many at a time, and times each. */
final class Load {
  /**
   * What came of it.
   *
   * @param nanos how long each took, the failed ones too
   * @param elapsedNanos from the first start to the last end
   * @param failures how many failed
   * @param firstFailure why the first one did; null when none did
   */
  @SuppressWarnings("ArrayRecordComponent") // read by the command that made it, nobody else
  record Result(long[] nanos, long elapsedNanos, int failures, RuntimeException firstFailure) {
    /** Operations in a second. */
    double perSecond() {
      return nanos.length / (elapsedNanos / 1e9);
    }

    /** A measurement with failures in it measures something else. */
    Result requireNoFailure() {
      if (failures > 0) {
        throw new BenchException(
            failures
                + " of "
                + nanos.length
                + " requests failed; the first one: "
                + firstFailure.getMessage(),
            firstFailure);
      }
      return this;
    }
  }

  private Load() {}

  /**
   * Runs the operation for 1 to n.
   *
   * @param concurrency how many at a time
   */
  static Result run(int n, int concurrency, IntConsumer operation) {
    long[] nanos = new long[n];
    AtomicInteger next = new AtomicInteger();
    AtomicInteger failures = new AtomicInteger();
    AtomicReference<RuntimeException> first = new AtomicReference<>();
    long start = System.nanoTime();
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < Math.min(n, concurrency); w++) {
        workers.execute(
            () -> {
              for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
                long began = System.nanoTime();
                try {
                  operation.accept(i + 1);
                } catch (RuntimeException e) {
                  failures.incrementAndGet();
                  first.compareAndSet(null, e);
                }
                nanos[i] = System.nanoTime() - began;
              }
            });
      }
    }
    return new Result(nanos, System.nanoTime() - start, failures.get(), first.get());
  }
}
