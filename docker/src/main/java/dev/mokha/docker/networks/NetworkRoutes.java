package dev.mokha.docker.networks;

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
import dev.mokha.docker.http.Until;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.Network;
import dev.mokha.network.bridges.NetworkSpec;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /networks} (Docker API 1.50). */
public final class NetworkRoutes {
  private static final Set<String> TYPES = Set.of("builtin", "custom");
  private static final Set<String> BOOLEANS =
      Set.of("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False");
  private static final int FORBIDDEN = 403;

  private final ContainerNetworks networks;
  private final Membership members;
  private final EventLog events;

  /** Over networks, and who is in them. */
  public NetworkRoutes(ContainerNetworks networks, Membership members, EventLog events) {
    this.networks = networks;
    this.members = members;
    this.events = events;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/networks", this::list).as("list", "networks"),
        Route.get("/networks/", this::list).as("list", "networks"),
        Route.get("/networks/{name}", this::inspect).as(on("get")),
        Route.post("/networks/create", this::create).as(NetworkRoutes::creation),
        Route.post("/networks/prune", this::prune).as("list", "networks"),
        Route.post("/networks/{name}/connect", this::connect).as(on("connect")),
        Route.post("/networks/{name}/disconnect", this::disconnect).as(on("connect")),
        Route.delete("/networks/{name}", this::remove).as(on("delete")));
  }

  private Route.Describer on(String verb) {
    return request -> {
      Network network = networks.inspect(request.path("name"));
      request.settle(network);
      return NetworkActions.on(verb, network);
    };
  }

  private static Action creation(Request request) throws IOException {
    JsonNode body = request.json();
    return Action.of(
        "create",
        "networks",
        Namespaces.ofNew(body, request.defaultNamespace()),
        body.path("Name").asString(""));
  }

  private void list(Request request, Response response) throws IOException {
    Filters filters =
        request
            .filters()
            .only(List.of("dangling", "driver", "id", "label", "name", "scope", "type"));
    for (String type : filters.get("type")) {
      if (!TYPES.contains(type)) {
        throw DockerException.invalid("invalid filter: 'type'='" + type + "'");
      }
    }
    boolean dangling = dangling(filters);
    ArrayNode array = Json.array();
    for (Network network : networks.list()) {
      boolean unused = network.endpoints().isEmpty() && !network.predefined();
      if (request.may(NetworkActions.on("get", network))
          && filters.admits("driver", network.driver())
          && filters.admits("scope", "local")
          && filters.admits("type", network.predefined() ? "builtin" : "custom")
          && filters.matchesLabels(network.spec().labels())
          && matches(filters, "name", network.name())
          && matches(filters, "id", network.id())
          && (!filters.has("dangling") || dangling == unused)) {
        array.add(
            NetworkJson.of(
                network, one -> !request.version().atLeast(28) && members.visible(one, request)));
      }
    }
    response.json(array);
  }

  private static boolean dangling(Filters filters) {
    try {
      return filters.bool("dangling", false);
    } catch (DockerException e) {
      throw new DockerException(
          e.status(),
          "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or"
              + " \"0\")",
          e);
    }
  }

  /** Names and ids are matched as regular expressions, anywhere. */
  private static boolean matches(Filters filters, String key, String value) {
    return !filters.has(key)
        || filters.get(key).stream()
            .anyMatch(
                wanted -> {
                  try {
                    return wanted.equals(value) || Pattern.compile(wanted).matcher(value).find();
                  } catch (PatternSyntaxException e) {
                    return false;
                  }
                });
  }

  private void inspect(Request request, Response response) throws IOException {
    String verbose = request.query("verbose");
    if (!verbose.isEmpty() && !BOOLEANS.contains(verbose)) {
      throw DockerException.invalid(
          "invalid value for verbose: "
              + verbose
              + ": strconv.ParseBool: parsing \""
              + verbose
              + "\": invalid syntax");
    }
    String scope = request.query("scope");
    if (!scope.isEmpty() && !scope.equals("local")) {
      throw DockerException.notFound("network " + request.path("name") + " not found");
    }
    response.json(
        NetworkJson.of(request.settled(Network.class), one -> members.visible(one, request)));
  }

  private void create(Request request, Response response) throws IOException {
    JsonNode body = request.json();
    if (body.path("Ingress").asBoolean(false)) {
      throw new DockerException(FORBIDDEN, "Ingress network can only be global scope network");
    }
    if (body.path("Scope").asString("").equals("swarm")) {
      throw new DockerException(
          FORBIDDEN, "cannot create a swarm scoped network when swarm is not active");
    }
    if (body.path("Driver").asString("").equals("overlay")) {
      throw new DockerException(
          FORBIDDEN,
          "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
              + " connect this node to swarm and try again.");
    }
    if (body.path("ConfigOnly").asBoolean(false)
        || !body.path("ConfigFrom").path("Network").asString("").isEmpty()) {
      throw DockerException.invalid(
          "networks that are only a configuration for others are not supported");
    }
    NetworkSpec spec = NetworkJson.spec(body);
    Network made =
        networks.create(
            spec.withLabels(
                Namespaces.mark(
                    spec.labels(), Namespaces.ofNew(body, request.defaultNamespace()))));
    tell("create", made);
    response.json(201, Json.object().put("Id", made.id()).put("Warning", ""));
  }

  private void tell(String action, Network network) {
    events.network(
        action,
        network.id(),
        NetworkActions.namespace(network),
        Map.of("name", network.name(), "type", network.driver()));
  }

  private void remove(Request request, Response response) throws IOException {
    Network network = request.settled(Network.class);
    networks.remove(network.id());
    tell("destroy", network);
    response.status(204);
  }

  private void prune(Request request, Response response) throws IOException {
    Filters filters = request.filters().only(List.of("label", "label!", "until"));
    Optional<Instant> until = Until.of(filters, Instant.now());
    List<Network> gone = new ArrayList<>();
    List<String> names =
        networks.prune(
            network -> {
              boolean chosen =
                  filters.matchesLabels(network.spec().labels())
                      && until.map(network.created()::isBefore).orElse(true)
                      && request.may(NetworkActions.on("delete", network));
              if (chosen) {
                gone.add(network);
              }
              return chosen;
            });
    gone.stream()
        .filter(network -> names.contains(network.name()))
        .forEach(n -> tell("destroy", n));
    events.pruned(Event.Type.NETWORK, 0);
    ObjectNode answer = Json.object();
    if (names.isEmpty()) {
      answer.putNull("NetworksDeleted");
    } else {
      ArrayNode array = answer.putArray("NetworksDeleted");
      names.forEach(array::add);
    }
    response.json(answer);
  }

  private void connect(Request request, Response response) throws IOException {
    JsonNode body = request.json();
    members.connect(
        request,
        container(body),
        request.settled(Network.class),
        NetworkJson.endpoint(body.path("EndpointConfig")));
    response.status(200);
  }

  private void disconnect(Request request, Response response) throws IOException {
    JsonNode body = request.json();
    members.disconnect(
        request,
        container(body),
        request.settled(Network.class),
        body.path("Force").asBoolean(false));
    response.status(200);
  }

  private static String container(JsonNode body) {
    String container = body.path("Container").asString("");
    if (container.isEmpty()) {
      throw DockerException.invalid("invalid name or ID supplied: \"\"");
    }
    return container;
  }
}
