package dev.mokha.docker.logging;

import dev.mokha.docker.containers.LogWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one container's log: a thread that reads what is new and gives it to the driver, and tries
 * again until it is taken. The container never waits for it.
 */
final class LogShipper {
  private static final Logger log = LoggerFactory.getLogger(LogShipper.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** After how many lines the position is written down, where more are waiting. */
  private static final int LINES = 512;

  private final Shipment shipment;
  private final LogWatch watch;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean ended;
  private volatile LogWatch.Watched changes;
  private volatile LogDriver driver;
  private LogPosition written;

  /**
   * What is to be sent.
   *
   * @param source whose log it is
   * @param kind by which driver
   * @param options of the driver
   * @param bufferBytes beyond which what waits is dropped; 0 for nothing is
   * @param log the file
   * @param position where it is written down how far it was sent
   */
  record Shipment(
      LogSource source,
      LogDriverKind kind,
      java.util.Map<String, String> options,
      long bufferBytes,
      Path log,
      Path position) {
    LogDriver open() throws IOException, InterruptedException {
      return kind.open(source, options);
    }
  }

  /**
   * Begins.
   *
   * @param driver open, or null to have one opened
   * @param ended whether nothing more is written to the log
   */
  LogShipper(Shipment shipment, LogWatch watch, LogDriver driver, boolean ended) {
    this.shipment = shipment;
    this.watch = watch;
    this.driver = driver;
    this.ended = ended;
    this.thread =
        Thread.ofVirtual().name("log-" + shipment.source().shortId()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isAlive() {
    return thread.isAlive();
  }

  /** Nothing more is written to the log: the thread ends when all is sent. */
  void end() {
    ended = true;
    poke();
  }

  private void poke() {
    LogWatch.Watched now = changes;
    if (now != null) {
      now.poke();
    }
  }

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /**
   * Waits until all is sent, for a while, then stops. An interrupt is for a receiver that holds the
   * thread: it would keep the position from being written down.
   */
  void stop(Duration patience) throws InterruptedException {
    if (patience.isPositive()) {
      thread.join(patience);
    }
    stopped.countDown();
    poke();
    thread.join(GRACE);
    if (thread.isAlive()) {
      thread.interrupt();
      thread.join();
    }
  }

  private void run() {
    try (LogWatch.Watched watched = watch.watch(shipment.log().getParent())) {
      changes = watched;
      written = LogPosition.read(shipment.position());
      try (LogTail tail = new LogTail(shipment.log(), written)) {
        while (true) {
          long seen = watched.version();
          boolean over = ended;
          drain(tail);
          if (over || isStopped()) {
            return;
          }
          watched.await(seen, null);
        }
      }
    } catch (InterruptedException e) {
      log.debug("The log of container {} is sent no further now", shipment.source().id());
    } catch (IOException | RuntimeException e) {
      log.warn(
          "The log of container {} can't be read any more and is not sent: {}",
          shipment.source().id(),
          e.getMessage());
    } finally {
      if (driver != null) {
        driver.close();
      }
    }
  }

  private void drain(LogTail tail) throws IOException, InterruptedException {
    LogPosition sent = tail.position();
    int lines = 0;
    try {
      for (LogLine line = tail.next(); line != null; line = tail.next()) {
        if (!deliver(line, tail)) {
          return;
        }
        sent = tail.position();
        if (++lines % LINES == 0) {
          write(sent);
        }
      }
    } finally {
      write(sent);
    }
  }

  private void write(LogPosition position) throws IOException {
    if (!position.equals(written)) {
      position.write(shipment.position());
      written = position;
    }
  }

  /** Returns when the line was sent or given up; false when it is for the next daemon to send. */
  private boolean deliver(LogLine line, LogTail tail) throws IOException, InterruptedException {
    Duration pause = FIRST_PAUSE;
    Instant failing = null;
    while (true) {
      try {
        if (driver == null) {
          driver = shipment.open();
        }
        driver.send(line);
        if (failing != null) {
          log.info(
              "The log of container {} is sent again, after {} s",
              shipment.source().id(),
              Duration.between(failing, Instant.now()).toSeconds());
        }
        return true;
      } catch (UnsendableException e) {
        log.warn("A line of container {} is left out: {}", shipment.source().id(), e.getMessage());
        return true;
      } catch (IOException | RuntimeException e) {
        if (failing == null) {
          failing = Instant.now();
          log.warn(
              "The log of container {} can't be sent by {}, and waits: {}",
              shipment.source().id(),
              shipment.kind().name(),
              e.getMessage());
        }
      }
      if (shipment.bufferBytes() > 0 && tail.backlog() > shipment.bufferBytes()) {
        drop(tail);
        return true;
      }
      if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  /** The oldest of what waits, until the rest fits. */
  private void drop(LogTail tail) throws IOException {
    long dropped = 1;
    while (tail.backlog() > shipment.bufferBytes() && tail.next() != null) {
      dropped++;
    }
    log.warn(
        "{} lines of container {} were dropped: more waits than max-buffer-size",
        dropped,
        shipment.source().id());
  }
}
