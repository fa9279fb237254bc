package dev.mokha.registry.metrics;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.storage.BlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much a store of blobs holds. It is counted by reading directories, at most once a minute and
 * beside whoever asks, who is told what was counted last.
 */
public final class BlobCount {
  private static final Logger log = LoggerFactory.getLogger(BlobCount.class);
  private static final Duration FRESH = Duration.ofMinutes(1);

  private final BlobStore blobs;
  private final AtomicBoolean counting = new AtomicBoolean();
  private volatile Counted last;

  /**
   * What was counted.
   *
   * @param bytes of all blobs
   * @param at by {@link System#nanoTime}
   */
  public record Counted(long blobs, long bytes, long at) {}

  /** Of a store. */
  public BlobCount(BlobStore blobs) {
    this.blobs = requireNonNull(blobs);
  }

  /** What was counted last; empty before the first time. What is old is counted anew behind. */
  public Optional<Counted> latest() {
    Counted seen = last;
    boolean old = seen == null || System.nanoTime() - seen.at() > FRESH.toNanos();
    if (old && counting.compareAndSet(false, true)) {
      Thread.ofVirtual().name("registry-count").start(this::count);
    }
    return Optional.ofNullable(seen);
  }

  /** Counts now. */
  public void count() {
    long[] sum = new long[2];
    try (Stream<BlobStore.Stored> all = blobs.all()) {
      all.forEach(
          blob -> {
            sum[0]++;
            sum[1] += blob.size();
          });
      last = new Counted(sum[0], sum[1], System.nanoTime());
    } catch (IOException | UncheckedIOException e) {
      log.debug("the registry's blobs could not be counted", e);
    } finally {
      counting.set(false);
    }
  }
}
