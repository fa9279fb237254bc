package dev.mokha.engine.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rotates logs that have grown too long. It looks at their sizes now and then: an event for each
 * line a container writes would cost far more.
 */
final class LogRotation implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LogRotation.class);
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final Supplier<List<ManagedContainer>> containers;
  private final Thread thread;

  LogRotation(Supplier<List<ManagedContainer>> containers) {
    this.containers = containers;
    this.thread = Thread.ofVirtual().name("log-rotation").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        containers.get().forEach(LogRotation::check);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Rotates one container's log when it is due. */
  static void check(ManagedContainer container) {
    ContainerSpec spec = container.spec();
    Path path = spec.logPath();
    if (path == null
        || spec.logMaxBytes() <= 0
        || container.state().status() == Container.Status.EXITED) {
      return;
    }
    try {
      if (Files.exists(path) && Files.size(path) > spec.logMaxBytes()) {
        LogFiles.rotate(path, container::reopenLog, Math.max(1, spec.logMaxFiles()));
      }
    } catch (IOException | RuntimeException e) {
      log.warn("Log {} can't be rotated: {}", path, e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
