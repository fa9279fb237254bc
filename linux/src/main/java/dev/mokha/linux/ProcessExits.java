package dev.mokha.linux;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells of the ends of any processes, children or not, with one thread ({@link ReadyDescriptors}
 * over pidfds) and no polling.
 */
public final class ProcessExits implements AutoCloseable {
  private final ReadyDescriptors descriptors;
  private volatile boolean closed;
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();

  private static final class Watched {
    private final Pidfd process;
    private final CompletableFuture<Void> exited = new CompletableFuture<>();
    private ReadyDescriptors.Watch watch;

    Watched(Pidfd process) {
      this.process = process;
    }
  }

  /** Starts the thread. */
  public ProcessExits() {
    descriptors = new ReadyDescriptors("process-exits");
  }

  /** The thread, for other descriptors too; it ends when this is closed. */
  public ReadyDescriptors descriptors() {
    return descriptors;
  }

  /**
   * Completes when the process has ended, at once when there is none of that number. Dependants run
   * on the watching thread unless they are async: they must be short.
   */
  public CompletableFuture<Void> onExit(long pid) {
    Optional<Pidfd> process = Pidfd.open(pid);
    if (process.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Watched entry = new Watched(process.get());
    watched.add(entry);
    try {
      // The end may be told before the watch is known here; it waits for that.
      synchronized (entry) {
        entry.watch = descriptors.watch(entry.process.descriptor(), () -> ended(entry));
      }
    } catch (RuntimeException e) {
      watched.remove(entry);
      entry.process.close();
      throw e;
    }
    return entry.exited;
  }

  private void ended(Watched entry) {
    if (watched.remove(requireNonNull(entry))) {
      synchronized (entry) {
        entry.watch.close();
      }
      entry.process.close();
      entry.exited.complete(null);
    }
  }

  /** Whether nothing more is told, and what still runs is for another to watch. */
  public boolean isClosed() {
    return closed;
  }

  /** Ends the thread; what was not complete is cancelled. */
  @Override
  public void close() {
    closed = true;
    descriptors.close();
    watched.forEach(
        entry -> {
          entry.process.close();
          entry.exited.cancel(false);
        });
    watched.clear();
  }
}
