package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.audit.AuditEvent.Moment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes events as lines of JSON, on a thread of its own that wakes at most twenty times a second.
 *
 * <p>Offering an event never blocks. At most {@value #MOST_BYTES} bytes' worth wait; beyond that,
 * and when the disk refuses, events are dropped, counted, and the log says so. A crash of the
 * process loses what waits: about the last 50 ms.
 */
final class AuditLogFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLogFile.class);
  private static final long MOST_BYTES = 32L << 20;
  private static final int BATCH_BYTES = 256 << 10;
  private static final long PAUSE_NANOS = 50_000_000;
  private static final long COMPLAINT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final RotatingFile file;
  private final ConcurrentLinkedQueue<Moment> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean idle = new AtomicBoolean();
  private final LongAdder dropped = new LongAdder();
  private final Thread thread;
  private volatile boolean closed;
  private long lastComplaint = System.nanoTime() - COMPLAINT_NANOS;
  private long complainedOf;

  /**
   * Opens the file and starts the thread.
   *
   * @throws IOException when the file can't be written
   */
  AuditLogFile(Path path, Rotation rotation, InstantSource clock) throws IOException {
    file = new RotatingFile(requireNonNull(path, "path"), rotation, clock);
    thread = Thread.ofPlatform().name("audit").daemon().start(this::run);
  }

  /** Takes an event to be written, or drops it. */
  void offer(Moment moment) {
    long weight = moment.weight();
    if (bytes.get() + weight > MOST_BYTES) {
      dropped.increment();
      return;
    }
    bytes.addAndGet(weight);
    queue.add(moment);
    if (idle.get() && idle.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
  }

  /** How many events were dropped. */
  long dropped() {
    return dropped.sum();
  }

  private void run() {
    while (true) {
      boolean last = closed;
      writeAll();
      if (last) {
        return;
      }
      complain();
      if (closed) {
        continue;
      }
      idle.set(true);
      if (queue.isEmpty() && !closed) {
        LockSupport.park(this);
      }
      idle.set(false);
      if (!closed) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
      Thread.interrupted(); // An interrupted thread would not park again.
    }
  }

  private void writeAll() {
    ByteArrayOutputStream lines = new ByteArrayOutputStream(8 << 10);
    int count = 0;
    for (Moment m = queue.poll(); m != null; m = queue.poll()) {
      bytes.addAndGet(-m.weight());
      try {
        lines.writeBytes(EventWriter.line(m));
        lines.write('\n');
        count++;
      } catch (RuntimeException e) {
        dropped.increment();
        log.error("an audit event can't be written as JSON", e);
      }
      if (lines.size() > BATCH_BYTES) {
        append(lines, count);
        count = 0;
      }
    }
    if (count > 0) {
      append(lines, count);
    }
  }

  private void append(ByteArrayOutputStream lines, int count) {
    try {
      file.append(ByteBuffer.wrap(lines.toByteArray()));
    } catch (IOException e) {
      dropped.add(count);
      log.error("the audit log can't be written, {} events are lost: {}", count, e.getMessage());
    }
    lines.reset();
  }

  private void complain() {
    long now = dropped.sum();
    if (now > complainedOf && System.nanoTime() - lastComplaint > COMPLAINT_NANOS) {
      lastComplaint = System.nanoTime();
      log.error(
          "{} audit events were dropped since the server started: the disk is too slow or full",
          now);
      complainedOf = now;
    }
  }

  /** Writes what waits and closes the file. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
      file.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.warn("closing the audit log failed: {}", e.getMessage());
    }
  }
}
