package dev.mokha.docker.system;

import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code /_ping}, {@code /version}, {@code /info} and {@code /system/df} (Docker API 1.50). */
public final class SystemRoutes {
  private final Info info;
  private final DiskUsage usage;

  /**
   * Over an engine.
   *
   * @param dataDir where its id is kept
   */
  public SystemRoutes(
      Engine engine, EventLog events, Path dataDir, DiskUsage.Containers containers) {
    this.info = new Info(engine, events, DaemonId.of(dataDir));
    this.usage = new DiskUsage(engine, containers);
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/_ping", this::ping).as("ping", "system"),
        Route.head("/_ping", this::ping).as("ping", "system"),
        Route.get("/version", (request, response) -> response.json(info.versionJson()))
            .as("ping", "system"),
        Route.get("/info", (request, response) -> response.json(info.json())).as("get", "system"),
        Route.get("/system/df", this::diskUsage).as("get", "system"));
  }

  /** Builder-Version 2 tells clients that BuildKit's protocol is spoken here. */
  private void ping(Request request, Response response) throws IOException {
    response.header("Builder-Version", "2");
    response.header("Cache-Control", "no-cache, no-store, must-revalidate");
    response.header("Pragma", "no-cache");
    response.header("Swarm", "inactive");
    response.text(200, "OK");
  }

  private void diskUsage(Request request, Response response) throws IOException {
    response.json(usage.json(request));
  }
}
