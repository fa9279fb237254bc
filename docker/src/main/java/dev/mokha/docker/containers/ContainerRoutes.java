package dev.mokha.docker.containers;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.http.Until;
import dev.mokha.engine.content.Platform;
import dev.mokha.engine.runtime.Cgroups;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /containers}: what there is, and its making and unmaking (Docker API 1.50). */
public final class ContainerRoutes {
  private final DockerContainers containers;
  private final KernelLimits kernel = new KernelLimits(Cgroups.detect());
  private final ContainerView view;
  private final ContainerActions actions;
  private final References references;

  /** Over containers. */
  public ContainerRoutes(DockerContainers containers, Execs execs) {
    this.containers = containers;
    this.view = new ContainerView(containers, execs);
    this.actions = new ContainerActions(containers);
    this.references =
        new References(containers, containers.engine().volumes(), containers.networks());
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/containers/json", this::list).as("list", "containers"),
        Route.post("/containers/create", this::create).as(actions::create),
        Route.post("/containers/prune", this::prune).since(1, 25).as("delete", "containers"),
        Route.get("/containers/{id}/json", this::inspect).as(actions.on("get")),
        Route.post("/containers/{id}/rename", this::rename).as(actions.on("update")),
        Route.post("/containers/{id}/update", this::update).as(actions.on("update")),
        Route.delete("/containers/{id}", this::remove).as(actions.on("delete")));
  }

  private void list(Request request, Response response) throws IOException {
    int limit = request.integer("limit").orElse(-1);
    Filters filters = request.filters();
    ContainerFilter filter =
        new ContainerFilter(
            containers,
            filters,
            reference -> named(reference, request),
            request.bool("all") || limit > 0);
    boolean size = request.bool("size");
    ArrayNode array = Json.array();
    for (DockerContainer container : containers.list()) {
      if (limit > 0 && array.size() == limit) {
        break;
      }
      if (filter.admits(container) && visible(request, container)) {
        array.add(view.summary(container, size));
      }
    }
    response.json(array);
  }

  /** One that a filter names; who may not see it is told that there is none. */
  private DockerContainer named(String reference, Request request) {
    return containers
        .find(reference)
        .filter(container -> visible(request, container))
        .orElseThrow(() -> DockerContainers.missing(reference));
  }

  /** All containers that a caller may see, with their sizes. */
  public ArrayNode measured(Request request) {
    ArrayNode array = Json.array();
    containers.list().stream()
        .filter(container -> visible(request, container))
        .forEach(container -> array.add(view.summary(container, true)));
    return array;
  }

  private boolean visible(Request request, DockerContainer container) {
    return request.may(ContainerActions.on("get", container));
  }

  private void create(Request request, Response response) throws IOException {
    ObjectNode body = request.json();
    String platform = request.query("platform");
    if (!platform.isEmpty() && !isOf(platform, Json.text(body, "Image"))) {
      throw DockerException.notFound(
          "image with reference "
              + Json.text(body, "Image")
              + " was found but does not provide the specified platform ("
              + platform
              + ")");
    }
    String namespace = Namespaces.ofNew(body, request.defaultNamespace());
    references.of(body, namespace).forEach(request::require);
    DockerContainers.Created created =
        containers.create(
            CreateRequest.of(
                request.query("name"),
                namespace,
                request.caller().user(),
                // Again: a name may have become another container's since it was asked about.
                other -> request.require(ContainerActions.on("join", other)),
                body));
    response.json(
        201,
        Json.object()
            .put("Id", created.container().id())
            .set("Warnings", Json.array(created.warnings())));
  }

  /** Whether an image that is here is for a platform; one that is not here is another's error. */
  private boolean isOf(String platform, String image) {
    Platform wanted = Platform.parse(platform);
    return containers
        .engine()
        .images()
        .find(image)
        .map(found -> containers.engine().images().inspect(found.id()).configuration())
        .map(
            made ->
                wanted.takes(
                    new Platform(
                        made.path("os").asString(""),
                        made.path("architecture").asString(""),
                        made.path("variant").asString(""))))
        .orElse(true);
  }

  private void inspect(Request request, Response response) throws IOException {
    response.json(
        view.inspect(ContainerActions.target(request), request.bool("size"), request.version()));
  }

  private void rename(Request request, Response response) throws IOException {
    containers.rename(ContainerActions.target(request), request.query("name"));
    response.status(204);
  }

  private void update(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    ObjectNode body = request.json();
    List<String> warnings = new ArrayList<>();
    ObjectNode host = ResourcePlan.overlay(container.hostConfig(), body, warnings);
    ObjectNode policy = Json.object(body, "RestartPolicy");
    if (!Json.text(policy, "Name").isEmpty()) {
      if (container.autoRemove() && !Json.text(policy, "Name").equals("no")) {
        throw DockerException.invalid(
            "Restart policy cannot be updated because AutoRemove is enabled for the container");
      }
      host.set("RestartPolicy", policy);
    }
    if (!List.of("removing", "dead").contains(ContainerState.word(container))) {
      UpdateRules.check(container.hostConfig(), body, container.id());
      kernel.discard(host, warnings);
      var resources = ResourcePlan.of(host, warnings);
      var restart = SupervisionPlan.restart(host);
      container.engine().update(resources);
      container
          .engine()
          .respecify(
              spec ->
                  spec.toBuilder()
                      .supervision(
                          new dev.mokha.engine.containers.Supervision(
                              restart, spec.supervision().health()))
                      .build());
    } else {
      throw DockerException.conflict(
          "Cannot update container "
              + container.id()
              + ": Container is marked for removal and cannot be \"update\".");
    }
    containers.change(container, record -> record.withHostConfig(host));
    containers.publish(container, "update", Map.of());
    response.json(Json.object().set("Warnings", warnings.isEmpty() ? null : Json.array(warnings)));
  }

  private void remove(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    if (request.bool("link")) {
      throw DockerException.conflict(
          "Conflict, cannot remove the default link name of the container");
    }
    containers.remove(container, request.bool("force"), request.bool("v"));
    response.status(204);
  }

  private void prune(Request request, Response response) throws IOException {
    Filters filters = request.filters().only(List.of("label", "label!", "until"));
    Optional<Instant> until = Until.of(filters, Instant.now());
    ArrayNode gone = Json.array();
    long freed = 0;
    for (DockerContainer container : containers.list()) {
      String word = ContainerState.word(container);
      if (!List.of("created", "exited", "dead").contains(word)
          || (until.isPresent() && container.record().created().isAfter(until.get()))
          || !filters.matchesLabels(container.labels())
          || !request.may(ContainerActions.on("delete", container))) {
        continue;
      }
      try {
        long bytes = container.engine().stats().writableLayerBytes();
        containers.remove(container, false, false);
        freed += bytes;
        gone.add(container.id());
      } catch (DockerException e) {
        // It was started, or is being removed, meanwhile.
      }
    }
    ObjectNode json = Json.object();
    json.set("ContainersDeleted", gone.isEmpty() ? null : gone);
    json.put("SpaceReclaimed", freed);
    containers.publishPrune(freed);
    response.json(json);
  }
}
