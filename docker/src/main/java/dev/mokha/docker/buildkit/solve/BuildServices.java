package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.build.BuildAccess;
import dev.mokha.docker.buildkit.session.Sessions;
import dev.mokha.docker.buildkit.wire.Rpcs;
import dev.mokha.docker.http.Duplex;
import dev.mokha.docker.http.Request;
import dev.mokha.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** What clients at {@code /grpc} find. */
public final class BuildServices {
  private static final Duration COMING = Duration.ofSeconds(6);

  private final DockerfileFrontend frontend;
  private final Exports exports;
  private final Workers workers;
  private final Solves solves = new Solves(COMING);

  /**
   * Over an engine's builder.
   *
   * @param scratch for what clients send
   */
  public BuildServices(Engine engine, BuildAccess access, Path scratch, Workers workers) {
    this.frontend = new DockerfileFrontend(engine.builder(), access, scratch);
    this.exports = new Exports(engine.images(), access);
    this.workers = workers;
  }

  /** Serves one client until it is gone. */
  public void serve(Request request, Duplex duplex, Rpcs rpcs, Sessions sessions)
      throws IOException {
    try (Connection connection = new Connection(request, solves, frontend, exports)) {
      rpcs.answer(duplex, connection.services(workers, sessions));
    }
  }
}
