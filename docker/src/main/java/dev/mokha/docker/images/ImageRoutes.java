package dev.mokha.docker.images;

import dev.mokha.docker.events.Event;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.http.Until;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.ImageEvent;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.PruneFilter;
import dev.mokha.engine.images.Pruned;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What looks at images, names and removes them: {@code /images} (Docker API 1.50). */
public final class ImageRoutes {
  private final Images images;
  private final EventLog events;

  /** Over an engine's images; what happens to them becomes events. */
  public ImageRoutes(Images images, EventLog events) {
    this.images = images;
    this.events = events;
    images.onChange(this::tell);
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/images/json", this::list).as("list", "images"),
        Route.get("/images/{name...}/json", this::inspect).as("get", "images"),
        Route.get("/images/{name...}/history", this::history).as("get", "images"),
        Route.post("/images/prune", this::prune).as("prune", "images"),
        Route.post("/images/{name...}/tag", this::tag).as(ImageRoutes::naming),
        Route.delete("/images/{name...}", this::remove).as("delete", "images"));
  }

  private static Action naming(Request request) {
    String tag = request.query("tag");
    String name = request.query("repo") + (tag.isEmpty() ? "" : ":" + tag);
    return new Action("tag", "images", "", request.path("name"), name, Set.of());
  }

  private void tell(ImageEvent event) {
    String action = event.action().name().toLowerCase(Locale.ROOT);
    switch (event.action()) {
      case PULL, PUSH -> {
        Reference name = Reference.parse(event.name());
        events.image(
            action,
            ImageNames.familiar(event.name()),
            Map.of("name", ImageNames.familiar(name.name())));
      }
      case TAG ->
          events.image(action, event.id(), Map.of("name", ImageNames.familiar(event.name())));
      case UNTAG, DELETE, IMPORT, LOAD, SAVE, CREATE ->
          events.image(action, event.id(), Map.of("name", event.id()));
    }
  }

  private void list(Request request, Response response) throws IOException {
    boolean shared = request.bool("shared-size") && request.version().atLeast(42);
    response.json(
        new ImageList(images, request.filters())
            .json(request.bool("all"), shared, request.version()));
  }

  private void inspect(Request request, Response response) throws IOException {
    if (request.bool("manifests") && !request.query("platform").isEmpty()) {
      throw DockerException.invalid(
          "conflicting options: manifests and platform options cannot both be set");
    }
    String name = request.path("name");
    String id = ImageNames.find(images, name).id();
    response.json(ImageJson.inspect(images.inspect(id), request.version()));
  }

  private void history(Request request, Response response) throws IOException {
    String id = ImageNames.find(images, request.path("name")).id();
    ArrayNode array = Json.array();
    images.history(id).forEach(entry -> array.add(ImageJson.history(entry)));
    response.json(array);
  }

  private void tag(Request request, Response response) throws IOException {
    String repository = request.query("repo");
    String tag = request.query("tag");
    if (repository.isEmpty()) {
      response.status(200); // dockerd does nothing here, and says so
      return;
    }
    if (!tag.isEmpty() && !ImageNames.isTag(tag)) {
      throw DockerException.invalid("invalid tag format");
    }
    Reference name = ImageNames.parse(tag.isEmpty() ? repository : repository + ":" + tag);
    if (name.tagged().matches("docker\\.io/library/sha256:.*")) {
      throw DockerException.invalid(
          "refusing to create an ambiguous tag using digest algorithm as name");
    }
    if (name.digest().isPresent()) {
      throw DockerException.invalid("cannot import digest reference");
    }
    String id = ImageNames.find(images, request.path("name")).id();
    images.tag(id, name.tagged());
    response.status(201);
  }

  private void remove(Request request, Response response) throws IOException {
    String name = request.path("name");
    ImageNames.find(images, name);
    response.json(
        ImageJson.removals(
            orMissing(
                name, () -> images.delete(name, request.bool("force"), !request.bool("noprune")))));
  }

  /** Whoever was a moment quicker took it away. */
  private static <T> T orMissing(String name, Supplier<T> work) {
    try {
      return work.get();
    } catch (EngineException e) {
      throw e.code() == EngineException.Code.NOT_FOUND ? ImageNames.missing(name) : e;
    }
  }

  private void prune(Request request, Response response) throws IOException {
    Filters filters = request.filters().only(List.of("dangling", "label", "label!", "until"));
    Pruned pruned =
        images.prune(
            new PruneFilter(
                filters.bool("dangling", true),
                Until.of(filters, Instant.now()),
                labels(filters.get("label")),
                labels(filters.get("label!"))));
    events.pruned(Event.Type.IMAGE, pruned.bytes());
    ObjectNode answer = Json.object();
    if (pruned.removals().isEmpty()) {
      answer.putNull("ImagesDeleted");
    } else {
      answer.set("ImagesDeleted", ImageJson.removals(pruned.removals()));
    }
    response.json(answer.put("SpaceReclaimed", pruned.bytes()));
  }

  private static Map<String, String> labels(Set<String> wanted) {
    Map<String, String> read = new HashMap<>();
    for (String label : wanted) {
      int equals = label.indexOf('=');
      read.put(
          equals < 0 ? label : label.substring(0, equals),
          equals < 0 ? "" : label.substring(equals + 1));
    }
    return read;
  }
}
