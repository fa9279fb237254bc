package dev.mokha.docker.buildkit;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.build.BuildAccess;
import dev.mokha.docker.buildkit.session.Sessions;
import dev.mokha.docker.buildkit.solve.BuildServices;
import dev.mokha.docker.buildkit.solve.Workers;
import dev.mokha.docker.buildkit.wire.Rpcs;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Duplex;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code POST /grpc} and {@code POST /session} (Docker API 1.50). Opened with the API, but nothing
 * of gRPC is loaded before the first request.
 */
public final class BuildkitRoutes implements AutoCloseable {
  private static final String PROTOCOL = "h2c";

  private final Engine engine;
  private final BuildAccess access;
  private final Path scratch;
  private final Workers workers;
  private Parts parts;
  private boolean closed;

  /** What exists from the first request on. */
  private record Parts(Rpcs rpcs, Sessions sessions, BuildServices services) {}

  /**
   * Over an engine's builder.
   *
   * @param scratch for what clients send, on a disk; what a killed daemon left in it goes
   * @param workers the builder as clients see it
   */
  public BuildkitRoutes(Engine engine, BuildAccess access, Path scratch, Workers workers) {
    this.engine = requireNonNull(engine);
    this.access = requireNonNull(access);
    this.scratch = requireNonNull(scratch);
    this.workers = requireNonNull(workers);
    try {
      DurableFiles.delete(scratch);
      Files.createDirectories(scratch);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The directory for builds' contexts can't be made: " + e.getMessage(),
          e);
    }
  }

  /** The table. Who may connect to {@code /grpc} is asked at each call what he may. */
  public List<Route> routes() {
    return List.of(
        Route.post("/grpc", this::grpc).as("ping", "system"),
        Route.post("/session", this::session).as("create", "build"));
  }

  private synchronized Parts parts() {
    if (closed) {
      throw new DockerException(503, "the daemon is shutting down");
    }
    if (parts == null) {
      parts =
          new Parts(
              new Rpcs(), new Sessions(), new BuildServices(engine, access, scratch, workers));
    }
    return parts;
  }

  private static void checkProtocol(Request request) {
    String protocol = request.header("Upgrade");
    if (protocol.isEmpty()) {
      throw DockerException.invalid("no upgrade proto in request");
    }
    if (!protocol.equals(PROTOCOL)) {
      throw DockerException.invalid("protocol " + protocol + " not supported");
    }
  }

  private void grpc(Request request, Response response) throws IOException {
    checkProtocol(request);
    Parts opened = parts();
    try (Duplex duplex = response.upgrade(PROTOCOL)) {
      opened.services().serve(request, duplex, opened.rpcs(), opened.sessions());
    }
  }

  private void session(Request request, Response response) throws IOException {
    checkProtocol(request);
    Parts opened = parts();
    opened.sessions().serve(request, response, opened.rpcs());
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (parts != null) {
      parts.rpcs().close();
    }
  }
}
