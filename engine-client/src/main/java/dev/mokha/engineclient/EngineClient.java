package dev.mokha.engineclient;

import static java.util.Objects.requireNonNull;

import dev.mokha.engineclient.http.Endpoint;
import dev.mokha.engineclient.http.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * One engine, as its clients see it.
 *
 * <pre>{@code
 * try (EngineClient engine = EngineClient.local(Path.of("/run/mokha/docker.sock"))) {
 *   engine.images().pull("docker.io/library/redis:7", step -> {});
 *   String id =
 *       engine.containers().create(
 *           NewContainer.of("redis:7").name("cache").publish(6379, 6379).restart("unless-stopped"));
 *   engine.containers().start(id);
 *   Output said = engine.containers().exec(id, List.of("redis-cli", "ping"));
 *   engine.containers().remove(id, Removal.FORCED);
 * }
 * }</pre>
 *
 * <p>Calls block and throw {@link EngineClientException}; one client may be used by many threads.
 */
public final class EngineClient implements AutoCloseable {
  /** Where Mokha listens. */
  public static final Path SOCKET = Path.of("/run/mokha/docker.sock");

  private static final String NEWEST = "1.50";
  private static final String OLDEST = "1.24";

  private final Api api;
  private final Containers containers;
  private final Images images;
  private final Volumes volumes;
  private final Networks networks;
  private final Engine engine;

  private EngineClient(Transport transport) {
    this.api = new Api(transport, NEWEST);
    containers = new Containers(api);
    images = new Images(api);
    volumes = new Volumes(api);
    networks = new Networks(api);
    engine = new Engine(api);
  }

  /** The engine behind a Unix socket. */
  public static EngineClient local(Path socket) {
    return connect(new Endpoint.Local(socket));
  }

  /** The engine at an address. */
  public static EngineClient connect(Endpoint endpoint) {
    return new EngineClient(new Transport(requireNonNull(endpoint, "endpoint")));
  }

  /**
   * The engine that {@code DOCKER_HOST} names, or else Mokha's own socket. For TLS use {@link
   * #connect}.
   */
  public static EngineClient fromEnvironment() {
    String host = System.getenv("DOCKER_HOST");
    return host == null || host.isBlank()
        ? local(SOCKET)
        : connect(Endpoint.of(URI.create(host), Optional.empty()));
  }

  /**
   * Agrees with the engine on a version of the API: the engine's own, if it is older than this
   * client's. Only needed for engines older than version 1.50.
   *
   * @throws EngineClientException when the engine knows nothing newer than 1.23
   */
  public EngineClient negotiate() {
    String theirs = engine.ping().apiVersion();
    if (Api.compare(theirs, OLDEST) < 0) {
      throw new EngineClientException(
          0, "The engine speaks version " + theirs + " of the API; this client needs " + OLDEST);
    }
    api.speak(Api.compare(theirs, NEWEST) < 0 ? theirs : NEWEST);
    return this;
  }

  /** Its containers. */
  public Containers containers() {
    return containers;
  }

  /** Its images, and builds. */
  public Images images() {
    return images;
  }

  /** Its volumes. */
  public Volumes volumes() {
    return volumes;
  }

  /** Its networks. */
  public Networks networks() {
    return networks;
  }

  /** The engine itself: version, events, disk use. */
  public Engine engine() {
    return engine;
  }

  /**
   * Anything else of the API: the document that a path answers.
   *
   * @param path such as {@code /swarm}, without version
   */
  public ObjectNode get(String path) {
    return api.get(path, Query.NONE).asObject();
  }

  /** Closes idle connections; streams that are open go on until they are closed. */
  @Override
  public void close() {
    api.transport().close();
  }

  static EngineClientException broken(IOException e) {
    return new EngineClientException(0, "The connection to the engine broke: " + e.getMessage(), e);
  }
}
