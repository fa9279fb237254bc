package dev.mokha.docker.logging;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.containers.LogWatch;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.logging.LogShipper.Shipment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The logs of all containers that are sent elsewhere.
 *
 * <p>{@link #start} comes before a run and refuses it when there is no way to the receiver, as
 * dockerd does; {@link #ended} after it. {@link #resume} is for a daemon that finds containers,
 * running or not, whose logs an earlier one was sending. {@link #removed} waits a moment for what
 * is still to be sent.
 */
public final class LogShipping implements AutoCloseable {
  /** How long a removal waits; what dockerd gives a logger to end. */
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private static final Path POSITION = Path.of("sent", "position.json");

  private final LogDrivers drivers;
  private final LogWatch watch;
  private final Map<String, LogShipper> shippers = new ConcurrentHashMap<>();

  /** None is sent yet. */
  public LogShipping(LogDrivers drivers, LogWatch watch) {
    this.drivers = requireNonNull(drivers);
    this.watch = requireNonNull(watch);
  }

  /** The drivers by which logs may be sent. */
  public LogDrivers drivers() {
    return drivers;
  }

  /**
   * A container whose log is sent.
   *
   * @param source whose log it is
   * @param driver such as {@code syslog}; one that sends nothing is passed over
   * @param options as the client gave them
   * @param directory the container's own; it is noted there how far the log was sent
   * @param log the file
   */
  public record Sender(
      LogSource source, String driver, Map<String, String> options, Path directory, Path log) {}

  /**
   * Sees to it that what the run writes is sent.
   *
   * @throws DockerException 500 in dockerd's words when the driver can't be opened
   */
  public void start(Sender sender) {
    Shipment shipment = shipment(sender);
    if (shipment == null) {
      return;
    }
    LogDriver driver;
    try {
      driver = shipment.open();
    } catch (IOException | DockerException e) {
      throw refused(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused(e);
    }
    replace(sender, new LogShipper(shipment, watch, driver, false));
  }

  private static DockerException refused(Exception e) {
    return new DockerException(
        500,
        "failed to create task for container: failed to initialize logging driver: "
            + e.getMessage(),
        e);
  }

  /** Goes on with what an earlier daemon was sending. */
  public void resume(Sender sender, boolean running) {
    Shipment shipment = shipment(sender);
    if (shipment != null) {
      replace(sender, new LogShipper(shipment, watch, null, !running));
    }
  }

  private Shipment shipment(Sender sender) {
    LogDriverKind kind = drivers.kind(sender.driver()).orElse(null);
    return kind == null
        ? null
        : new Shipment(
            sender.source(),
            kind,
            LogDrivers.own(sender.options()),
            drivers.check(kind, sender.options()).bufferBytes(),
            sender.log(),
            sender.directory().resolve(POSITION));
  }

  /** The one before is stopped: the new one goes on where it was. */
  private void replace(Sender sender, LogShipper shipper) {
    shippers.compute(
        sender.source().id(),
        (id, before) -> {
          if (before != null) {
            stop(before, Duration.ZERO);
          }
          shipper.start();
          return shipper;
        });
  }

  /** A run is over, and its log is whole. */
  public void ended(String container) {
    LogShipper shipper = shippers.get(container);
    if (shipper != null) {
      shipper.end();
    }
  }

  /** A container goes: what was not sent in a moment is not sent any more. */
  public void removed(String container) {
    LogShipper shipper = shippers.remove(container);
    if (shipper != null) {
      shipper.end();
      stop(shipper, LAST_PATIENCE);
    }
  }

  private static void stop(LogShipper shipper, Duration patience) {
    try {
      shipper.stop(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends no more; the next daemon goes on. */
  @Override
  public void close() {
    shippers.values().forEach(shipper -> stop(shipper, Duration.ZERO));
    shippers.clear();
  }
}
