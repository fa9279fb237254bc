package dev.mokha.docker.volumes;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.events.Event;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.volumes.Volume;
import dev.mokha.engine.volumes.VolumeSpec;
import dev.mokha.engine.volumes.Volumes;
import java.io.IOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /volumes} (Docker API 1.50). */
public final class VolumeRoutes {
  private static final int NO_SWARM = 503;
  private static final int ALL_BEFORE_MINOR = 42;

  private final Volumes volumes;
  private final EventLog events;

  /** Over an engine's volumes; their changes become events. */
  public VolumeRoutes(Volumes volumes, EventLog events) {
    this.volumes = volumes;
    this.events = events;
    volumes.onChange(
        change ->
            events.volume(
                change.created() ? "create" : "destroy",
                change.volume().name(),
                Set.of(Namespaces.of(change.volume().labels())),
                Map.of("driver", Volumes.DRIVER)));
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/volumes", this::list).as("list", "volumes"),
        Route.get("/volumes/{name}", this::inspect).as(on("get")),
        Route.post("/volumes/create", this::create).as(this::creation),
        Route.post("/volumes/prune", this::prune).as("list", "volumes"),
        Route.put("/volumes/{name}", this::update).as(on("update")),
        Route.delete("/volumes/{name}", this::remove).as(on("delete")));
  }

  private Route.Describer on(String verb) {
    return request ->
        volumes
            .find(request.path("name"))
            .map(volume -> action(verb, volume))
            .orElseGet(() -> Action.of(verb, "volumes", "", request.path("name")));
  }

  /** What is about to be done with a volume, for whoever decides whether it may. */
  public static Action action(String verb, Volume volume) {
    return Action.of(verb, "volumes", Namespaces.of(volume.labels()), volume.name());
  }

  /** A volume over a device or directory of the host is a hold on the host. */
  private Action creation(Request request) throws IOException {
    JsonNode body = request.json();
    String name = body.path("Name").asString("");
    Optional<Volume> existing = name.isEmpty() ? Optional.empty() : volumes.find(name);
    if (existing.isPresent()) {
      return action("get", existing.get()); // a second creation shows what is there
    }
    JsonNode options = body.path("DriverOpts");
    boolean host = options.has("device") && !options.path("type").asString("").equals("tmpfs");
    return new Action(
        "create",
        "volumes",
        Namespaces.ofNew(body, request.defaultNamespace()),
        name,
        "",
        host ? Set.of(Action.Power.HOST_PATH) : Set.of());
  }

  private void list(Request request, Response response) throws IOException {
    Filters filters = request.filters().only(List.of("dangling", "driver", "label", "name"));
    boolean dangling = filters.bool("dangling", false);
    ObjectNode answer = Json.object();
    ArrayNode array = answer.putArray("Volumes");
    for (Volume volume : volumes.list()) {
      if (request.may(action("get", volume))
          && filters.admits("driver", Volumes.DRIVER)
          && filters.matchesLabels(volume.labels())
          && matchesName(filters, volume.name())
          && (!filters.has("dangling") || dangling == volume.users().isEmpty())) {
        array.add(toJson(volume));
      }
    }
    answer.putNull("Warnings");
    response.json(answer);
  }

  /** Names are matched as regular expressions, anywhere. */
  private static boolean matchesName(Filters filters, String name) {
    return !filters.has("name")
        || filters.get("name").stream()
            .anyMatch(
                wanted -> {
                  try {
                    return wanted.equals(name) || Pattern.compile(wanted).matcher(name).find();
                  } catch (PatternSyntaxException e) {
                    return false;
                  }
                });
  }

  private void inspect(Request request, Response response) throws IOException {
    response.json(toJson(volumes.get(request.path("name"))));
  }

  private void create(Request request, Response response) throws IOException {
    JsonNode body = request.json();
    String name = body.path("Name").asString("");
    String driver = body.path("Driver").asString("");
    if (body.path("ClusterVolumeSpec").isObject()) {
      throw new DockerException(
          NO_SWARM, "volume create only valid for cluster volumes, but swarm is unavailable");
    }
    if (!VolumeDrivers.has(driver)) {
      throw DockerException.notFound(VolumeDrivers.missing(driver, name));
    }
    Map<String, String> labels =
        Namespaces.mark(
            strings(body.path("Labels")), Namespaces.ofNew(body, request.defaultNamespace()));
    Map<String, String> options = strings(body.path("DriverOpts"));
    VolumeSpec spec =
        name.isEmpty()
            ? VolumeSpec.unnamed(labels, options)
            : new VolumeSpec(name, labels, options, false);
    response.json(201, toJson(volumes.create(spec)));
  }

  private static Map<String, String> strings(JsonNode object) {
    Map<String, String> read = new TreeMap<>();
    object.properties().forEach(entry -> read.put(entry.getKey(), entry.getValue().asString("")));
    return read;
  }

  private void update(Request request, Response response) {
    throw new DockerException(
        NO_SWARM, "volume update only valid for cluster volumes, but swarm is unavailable");
  }

  private void remove(Request request, Response response) throws IOException {
    String name = request.path("name");
    if (!request.bool("force") || volumes.find(name).isPresent()) {
      volumes.remove(name);
    }
    response.status(204);
  }

  private void prune(Request request, Response response) throws IOException {
    Filters filters = request.filters().only(List.of("label", "label!", "all"));
    boolean all = filters.bool("all", !request.version().atLeast(ALL_BEFORE_MINOR));
    Volumes.Pruned pruned =
        volumes.prune(
            volume ->
                (all || volume.anonymous())
                    && filters.matchesLabels(volume.labels())
                    && request.may(action("delete", volume)));
    events.pruned(Event.Type.VOLUME, pruned.bytes());
    ObjectNode answer = Json.object();
    ArrayNode names = answer.putArray("VolumesDeleted");
    pruned.names().forEach(names::add);
    answer.put("SpaceReclaimed", pruned.bytes());
    response.json(answer);
  }

  /** A volume as Docker shows it. */
  public static ObjectNode toJson(Volume volume) {
    ObjectNode json = Json.object();
    json.put(
        "CreatedAt",
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            volume.created().truncatedTo(ChronoUnit.SECONDS).atZone(ZoneId.systemDefault())));
    json.put("Driver", Volumes.DRIVER);
    map(json, "Labels", volume.labels());
    json.put("Mountpoint", volume.directory().toString());
    json.put("Name", volume.name());
    map(json, "Options", volume.spec().options());
    json.put("Scope", "local");
    return json;
  }

  private static void map(ObjectNode json, String name, Map<String, String> values) {
    if (values.isEmpty()) {
      json.putNull(name);
    } else {
      ObjectNode object = json.putObject(name);
      values.forEach(object::put);
    }
  }
}
