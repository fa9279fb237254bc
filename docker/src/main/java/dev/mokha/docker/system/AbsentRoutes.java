package dev.mokha.docker.system;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Handler;
import dev.mokha.docker.http.Json;
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

  /** What only a manager of a swarm answers. */
  private static final List<String> OF_MANAGERS =
      List.of(
          "GET /nodes",
          "GET /nodes/{id}",
          "DELETE /nodes/{id}",
          "POST /nodes/{id}/update",
          "GET /services",
          "POST /services/create",
          "GET /services/{id}",
          "DELETE /services/{id}",
          "POST /services/{id}/update",
          "GET /services/{id}/logs",
          "GET /tasks",
          "GET /tasks/{id}",
          "GET /tasks/{id}/logs",
          "GET /secrets",
          "POST /secrets/create",
          "GET /secrets/{id}",
          "DELETE /secrets/{id}",
          "POST /secrets/{id}/update",
          "GET /configs",
          "POST /configs/create",
          "GET /configs/{id}",
          "DELETE /configs/{id}",
          "POST /configs/{id}/update",
          "GET /swarm",
          "GET /swarm/unlockkey",
          "POST /swarm/update",
          "POST /swarm/unlock");

  /** The table. */
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    Handler manager = refuse(UNAVAILABLE, NO_MANAGER);
    for (String line : OF_MANAGERS) {
      String path = line.substring(line.indexOf(' ') + 1);
      routes.add(
          switch (line.substring(0, line.indexOf(' '))) {
            case "GET" -> Route.get(path, manager);
            case "POST" -> Route.post(path, manager);
            default -> Route.delete(path, manager);
          });
    }
    routes.add(Route.post("/swarm/leave", refuse(UNAVAILABLE, "This node is not part of a swarm")));
    Handler noSwarm =
        refuse(
            NOT_IMPLEMENTED,
            "Mokha has no swarm: the cluster's own API does what it does, see mokha kubectl");
    routes.add(Route.post("/swarm/init", noSwarm));
    routes.add(Route.post("/swarm/join", noSwarm));
    plugins(routes);
    return routes.stream().map(route -> route.as("get", "system")).toList();
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
