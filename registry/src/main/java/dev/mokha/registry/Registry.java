package dev.mokha.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.access.ClusterAccess;
import dev.mokha.registry.http.MirrorRequests;
import dev.mokha.registry.http.RegistryServer;
import dev.mokha.registry.http.TagRules;
import dev.mokha.registry.metrics.BlobCount;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.mirror.Mirror;
import dev.mokha.registry.storage.GarbageCollector;
import dev.mokha.registry.storage.RegistryStorage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster's registry: serves what is pushed to it, and mirrors what others have.
 *
 * <pre>{@code
 * try (Registry registry = Registry.start(place, RegistrySettings.DEFAULT, client)) {
 *   registry.addresses(); // docker push ADDRESS/team/app, and pods name it registry.mokha.local
 * }
 * }</pre>
 *
 * <p>A kill at any point is as good as closing it.
 */
public final class Registry implements AutoCloseable {
  /** The name by which images are known on every node, wherever the registry listens. */
  public static final String HOST = "registry.mokha.local";

  /** The usual port. */
  public static final int PORT = 5000;

  private static final Logger log = LoggerFactory.getLogger(Registry.class);
  private static final Duration IDLE_UPLOAD = Duration.ofDays(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration HOUSEKEEPING = Duration.ofMinutes(10);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final RegistrySettings settings;
  private final RegistryStorage storage;
  private final RegistryMetrics metrics = new RegistryMetrics();
  private final Mirror mirror;
  private final RegistryServer server;

  /**
   * Where a registry lives.
   *
   * @param directory what it keeps
   * @param addresses where it listens
   * @param tls its certificate; empty for plain HTTP, in tests
   */
  public record Place(
      Path directory, List<InetSocketAddress> addresses, Optional<RegistryServer.Tls> tls) {
    /** Copies the list. */
    public Place {
      requireNonNull(directory, "directory");
      addresses = List.copyOf(addresses);
      requireNonNull(tls, "tls");
    }
  }

  private Registry(Place place, RegistrySettings settings, Optional<ApiClient> cluster)
      throws IOException {
    this.settings = settings;
    InstantSource clock = InstantSource.system();
    Files.createDirectories(place.directory());
    try {
      storage = opened(RegistryStorage.open(place.directory().resolve("own"), clock));
      RegistryStorage cache =
          opened(RegistryStorage.open(place.directory().resolve("mirror"), clock));
      storage.collector().onCollected(metrics::collected);
      metrics.show("own", new BlobCount(storage.blobs()));
      metrics.show("mirror", new BlobCount(cache.blobs()));
      mirror = opened(new Mirror(settings.mirror(), cache, clock, metrics));
      AccessControl access =
          cluster.isEmpty()
              ? AccessControl.open()
              : new ClusterAccess(
                  cluster.get(),
                  place.directory().resolve("token.key"),
                  clock,
                  settings.anonymousPull(),
                  name -> storage.repository(name).exists());
      server =
          opened(
              RegistryServer.start(
                  new RegistryServer.Options(place.addresses(), place.tls(), PATIENCE),
                  storage,
                  access,
                  new TagRules(settings.immutableTags()),
                  Optional.of(new MirrorRequests(mirror)),
                  metrics));
      Thread housekeeping = Thread.ofVirtual().name("registry-housekeeping").start(this::keepHouse);
      opened(housekeeping::interrupt);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens a registry's directory and begins to serve it.
   *
   * @param cluster acts as {@code system:registry}, who may review tokens and access; empty lets
   *     everybody do everything
   * @throws IOException when it can't listen, or the disk fails
   * @throws IllegalStateException when another process has the directory, or a newer program wrote
   *     it
   */
  public static Registry start(Place place, RegistrySettings settings, Optional<ApiClient> cluster)
      throws IOException {
    return new Registry(requireNonNull(place), requireNonNull(settings), requireNonNull(cluster));
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Where it listens. */
  public List<InetSocketAddress> addresses() {
    return server.addresses();
  }

  /** What was pushed to it. */
  public RegistryStorage storage() {
    return storage;
  }

  /** Its figures. */
  public RegistryMetrics metrics() {
    return metrics;
  }

  private void keepHouse() {
    // A registry that is often restarted must collect too, but not at each start.
    Instant collectAt = Instant.now().plus(settings.collect().dividedBy(4));
    try {
      while (true) {
        Thread.sleep(HOUSEKEEPING);
        try {
          int expired = storage.uploads().expire(IDLE_UPLOAD);
          long evicted = mirror.evict();
          metrics.evicted(evicted);
          if (expired > 0 || evicted > 0) {
            log.info("{} uploads expired, {} bytes of the mirror were evicted", expired, evicted);
          }
          if (!settings.collect().isZero() && Instant.now().isAfter(collectAt)) {
            collectAt = Instant.now().plus(settings.collect());
            GarbageCollector.Report report =
                storage.collector().collect(GarbageCollector.Options.DEFAULT);
            log.info("{} blobs of {} bytes were collected", report.blobs(), report.bytes());
          }
        } catch (IOException | RuntimeException e) {
          log.warn("the registry's housekeeping failed, and goes on later", e);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        log.warn("a part of the registry did not close in good order", e);
      }
    }
  }
}
