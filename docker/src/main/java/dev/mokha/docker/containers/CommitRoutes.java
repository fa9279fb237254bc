package dev.mokha.docker.containers;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.images.ConfigChanges;
import dev.mokha.docker.images.ImageNames;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.images.CommitSpec;
import dev.mokha.engine.images.Image;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /commit}: an image of what a container changed (Docker API 1.50). */
public final class CommitRoutes {
  /** What of a container's configuration makes sense for an image; one value each. */
  private static final List<String> SINGLE =
      List.of("User", "Cmd", "Entrypoint", "WorkingDir", "StopSignal", "Healthcheck", "Shell");

  /** The same, of many values: those of a request are added. */
  private static final List<String> MAPS = List.of("ExposedPorts", "Volumes", "Labels");

  private final DockerContainers containers;
  private final ContainerActions actions;

  /** Over Docker's containers. */
  public CommitRoutes(DockerContainers containers) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(Route.post("/commit", this::commit).as(this::committing));
  }

  private Action committing(Request request) {
    Action action = actions.on("commit", request.query("container"), request);
    return new Action(
        action.verb(),
        action.resource(),
        action.namespace(),
        action.name(),
        request.query("repo"),
        Set.of());
  }

  private void commit(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    String name =
        ImageNames.toGive(
            request.query("repo"),
            request.query("tag"),
            "refusing to create a tag with a digest reference");
    ObjectNode config = config(container.record().config(), request.json());
    ConfigChanges.apply(config, request.queries("changes"));
    CommitSpec spec =
        new CommitSpec(
            container.id(),
            name,
            request.query("author"),
            request.query("comment"),
            String.join(" ", container.engine().spec().args()),
            config);
    Image image = held(container, request.bool("pause", true), spec);
    containers.publish(
        container,
        "commit",
        Map.of("comment", spec.comment(), "imageID", image.id(), "imageRef", name));
    response.json(201, Json.object().put("Id", image.id()));
  }

  /** Files should hold still while they are read. */
  private Image held(DockerContainer container, boolean pause, CommitSpec spec) {
    boolean frozen = pause && container.engine().state().status() == Container.Status.RUNNING;
    if (frozen) {
      container.engine().pause();
    }
    try {
      return containers.engine().images().commit(spec);
    } finally {
      if (frozen) {
        container.engine().resume();
      }
    }
  }

  private static ObjectNode config(ObjectNode container, ObjectNode asked) {
    ObjectNode config = Json.object();
    for (String key : SINGLE) {
      JsonNode value = empty(asked.path(key)) ? container.path(key) : asked.path(key);
      if (!empty(value)) {
        config.set(key, value.deepCopy());
      }
    }
    if (!empty(asked.path("Entrypoint")) && empty(asked.path("Cmd"))) {
      config.remove("Cmd"); // arguments of another program
    }
    for (String key : MAPS) {
      ObjectNode all = Json.object();
      container.path(key).properties().forEach(entry -> all.set(entry.getKey(), entry.getValue()));
      asked.path(key).properties().forEach(entry -> all.set(entry.getKey(), entry.getValue()));
      if (!all.isEmpty()) {
        config.set(key, all);
      }
    }
    env(config, container.path("Env"), asked.path("Env"));
    return config;
  }

  private static boolean empty(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isString() ? value.asString().isEmpty() : value.isEmpty());
  }

  private static void env(ObjectNode config, JsonNode container, JsonNode asked) {
    List<String> all = new ArrayList<>();
    asked.forEach(entry -> all.add(entry.asString("")));
    for (JsonNode entry : container) {
      String text = entry.asString("");
      String key = text.substring(0, text.indexOf('=') < 0 ? text.length() : text.indexOf('=') + 1);
      if (all.stream().noneMatch(one -> one.startsWith(key))) {
        all.add(text);
      }
    }
    if (!all.isEmpty()) {
      ArrayNode array = config.putArray("Env");
      all.forEach(array::add);
    }
  }
}
