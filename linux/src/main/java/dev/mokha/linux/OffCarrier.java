package dev.mokha.linux;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Runs what blocks in the kernel away from the threads that carry virtual threads.
 *
 * <p>A virtual thread gives its carrier back in locks, sleeps, sockets and the pipes of processes.
 * In the read of a FIFO, as in every native call, it keeps it; as many of those as there are
 * processors, and no virtual thread of the process runs any more.
 *
 * <pre>{@code
 * String line = OffCarrier.call("conmon-answer", fifo::readLine);
 * }</pre>
 */
public final class OffCarrier {
  private OffCarrier() {}

  /**
   * A call that may wait.
   *
   * @param <T> what it gives
   */
  @FunctionalInterface
  public interface Call<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /**
   * Makes the call and waits for it, also when the caller is interrupted, which it still is
   * afterwards: what was begun in the kernel has to be known. A platform thread makes it itself.
   *
   * @param name of the thread
   * @throws IOException what the call throws
   */
  public static <T> T call(String name, Call<T> call) throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      return call.run();
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    start(
        name,
        () -> {
          try {
            result.complete(call.run());
          } catch (IOException | RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw new IOException(cause.getMessage(), cause);
        case Error cause -> throw cause;
        default -> throw e;
      }
    }
  }

  /** Starts a thread that may wait in the kernel as long as it likes. */
  public static Thread start(String name, Runnable work) {
    return Thread.ofPlatform().name(name).daemon().start(work);
  }
}
