package dev.mokha.engine.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Transfers of blobs side by side, a few at a time. */
final class ParallelTransfers {
  private static final int AT_ONCE = 4;

  /** One blob's way from or to a registry. */
  @FunctionalInterface
  interface Transfer {
    /** Ends when the blob is there. */
    void run() throws IOException, InterruptedException;
  }

  private ParallelTransfers() {}

  /**
   * Runs all; the first failure interrupts the rest, and is thrown when they have ended.
   *
   * @param done what was to be done with a layer, such as {@code pushed}
   */
  static void run(List<Transfer> transfers, String done) throws IOException, InterruptedException {
    requireNonNull(done, "done");
    Semaphore slots = new Semaphore(AT_ONCE);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> tasks = new ArrayList<>();
      for (Transfer transfer : transfers) {
        tasks.add(
            executor.submit(
                () -> {
                  slots.acquire();
                  try {
                    transfer.run();
                  } finally {
                    slots.release();
                  }
                  return null;
                }));
      }
      for (Future<?> task : tasks) {
        try {
          task.get();
        } catch (ExecutionException e) {
          executor.shutdownNow();
          switch (e.getCause()) {
            case EngineException known -> throw known;
            case IOException disk -> throw disk;
            default ->
                throw new EngineException(
                    EngineException.Code.INTERNAL, "A layer could not be " + done, e.getCause());
          }
        }
      }
    }
  }
}
