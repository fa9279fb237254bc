package dev.mokha.docker.system;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Handler;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import java.util.ArrayList;
import java.util.List;

/**
 * What this engine has not: swarm, whose part the cluster plays, and plugins. Answered as dockerd
 * does that is in no swarm and has no plugin; what would make one is refused with a sentence.
 */
public final class AbsentRoutes {
  private static final int UNAVAILABLE = 503;
  private static final int NOT_IMPLEMENTED = 501;
  private static final String NO_MANAGER =
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
          + " connect this node to swarm and try again.";

  /**
   * Kinds of things that only a swarm has; each may be listed, made, and read, changed, removed.
   */
  private static final List<String> KINDS =
      List.of("nodes", "services", "tasks", "secrets", "configs");

  /** The table. */
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    Handler manager = refuse(UNAVAILABLE, NO_MANAGER);
    for (String kind : KINDS) {
      routes.add(Route.get("/" + kind, manager));
      routes.add(Route.get("/" + kind + "/{name}", manager));
      routes.add(Route.get("/" + kind + "/{name}/logs", manager));
      routes.add(Route.post("/" + kind + "/create", manager));
      routes.add(Route.post("/" + kind + "/{name}/update", manager));
      routes.add(Route.delete("/" + kind + "/{name}", manager));
    }
    routes.add(Route.get("/swarm", manager));
    routes.add(Route.get("/swarm/unlockkey", manager));
    routes.add(Route.post("/swarm/update", manager));
    routes.add(Route.post("/swarm/unlock", manager));
    routes.add(Route.post("/swarm/leave", refuse(UNAVAILABLE, "This node is not part of a swarm")));
    Handler noSwarm =
        refuse(
            NOT_IMPLEMENTED,
            "Mokha has no swarm: the cluster's own API does what it does, see mokha kubectl");
    routes.add(Route.post("/swarm/init", noSwarm));
    routes.add(Route.post("/swarm/join", noSwarm));
    plugins(routes);
    routes.add(Route.post("/session", AbsentRoutes::session));
    return routes.stream().map(route -> route.as("get", "system")).toList();
  }

  /** Clients ask only when they want BuildKit, which {@code /_ping} says is not here. */
  private static void session(Request request, Response response) {
    if (request.header("Upgrade").isEmpty()) {
      throw DockerException.invalid("no upgrade proto in request");
    }
    throw new DockerException(
        NOT_IMPLEMENTED,
        "This engine builds with Docker's classic API, without sessions; set DOCKER_BUILDKIT=0");
  }

  private static void plugins(List<Route> routes) {
    Handler refused = refuse(NOT_IMPLEMENTED, "Mokha runs no Docker plugins");
    Handler missing =
        (request, response) -> {
          throw DockerException.notFound("plugin \"" + request.path("name") + "\" not found");
        };
    routes.add(Route.get("/plugins", (request, response) -> response.json(Json.array())));
    routes.add(Route.get("/plugins/privileges", refused));
    routes.add(Route.post("/plugins/pull", refused));
    routes.add(Route.post("/plugins/create", refused));
    routes.add(Route.get("/plugins/{name...}/json", missing));
    for (String action : List.of("enable", "disable", "upgrade", "push", "set")) {
      routes.add(Route.post("/plugins/{name...}/" + action, missing));
    }
    routes.add(Route.delete("/plugins/{name...}", missing));
  }

  private static Handler refuse(int status, String message) {
    return (request, response) -> {
      throw new DockerException(status, message);
    };
  }
}
