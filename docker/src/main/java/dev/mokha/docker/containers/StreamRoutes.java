package dev.mokha.docker.containers;

import dev.mokha.docker.events.UnixTime;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Duplex;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.containers.Container.ExecSession;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** What a container says, and what is said to it: attach and logs (Docker API 1.50). */
public final class StreamRoutes {
  private final DockerContainers containers;
  private final ContainerActions actions;
  private final LogWatch watch;

  /** Over containers. */
  public StreamRoutes(DockerContainers containers, LogWatch watch) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
    this.watch = watch;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/containers/{id}/attach", this::attach).as(actions.on("attach")),
        Route.get("/containers/{id}/attach/ws", this::attachWebSocket).as(actions.on("attach")),
        Route.post("/containers/{id}/resize", this::resize).as(actions.on("attach")),
        Route.get("/containers/{id}/logs", this::logs).as(actions.on("logs")));
  }

  private DockerContainer attachable(Request request) {
    DockerContainer container = ContainerActions.target(request);
    switch (ContainerState.word(container)) {
      case "paused" ->
          throw DockerException.conflict(
              "container " + container.id() + " is paused, unpause the container before attach");
      case "restarting" ->
          throw DockerException.conflict(
              "container "
                  + container.id()
                  + " is restarting, wait until the container is running");
      default -> {
        return container;
      }
    }
  }

  private void attach(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = attachable(request);
    DetachKeys keys = DetachKeys.parse(request.query("detachKeys"));
    String type = Multiplexed.mediaType(container.tty(), request.version());
    converse(container, request, keys, false, () -> response.hijack(type));
  }

  private void attachWebSocket(Request request, Response response)
      throws IOException, InterruptedException {
    DockerContainer container = attachable(request);
    DetachKeys keys = DetachKeys.parse(request.query("detachKeys"));
    converse(container, request, keys, true, response::webSocket);
  }

  private interface TakingOver {
    Duplex take() throws IOException;
  }

  private void converse(
      DockerContainer container,
      Request request,
      DetachKeys keys,
      boolean raw,
      TakingOver takingOver)
      throws IOException, InterruptedException {
    boolean stream = request.bool("stream", raw);
    boolean stdin = request.bool("stdin", raw) && container.engine().spec().stdin() && stream;
    boolean stdout = request.bool("stdout", raw);
    boolean stderr = request.bool("stderr", raw) && !container.tty();
    // Attached before the log is read and the client knows: nothing falls between.
    ExecSession session = stream ? container.engine().attach(stdin, true, !container.tty()) : null;
    try (Duplex client = takingOver.take()) {
      if (request.bool("logs")) {
        replay(container, new Multiplexed(client.out(), container.tty() || raw), stdout, stderr);
      }
      if (session == null) {
        client.closeOutput();
        return;
      }
      containers.publish(container, "attach", Map.of());
      boolean detached =
          new Conversation(
                  client,
                  session,
                  new Conversation.Wanted(
                      container.tty() || raw,
                      stdin,
                      stdout,
                      stderr,
                      false,
                      container.engine().spec().stdinOnce(),
                      keys),
                  () -> {})
              .run();
      if (detached) {
        containers.publish(container, "detach", Map.of());
      }
    } finally {
      if (session != null) {
        session.close();
      }
    }
  }

  private void replay(DockerContainer container, Multiplexed out, boolean stdout, boolean stderr)
      throws IOException {
    if (container.engine().spec().logPath() == null) {
      return;
    }
    try (ContainerLog log = new ContainerLog(container.engine().spec().logPath())) {
      for (ContainerLog.Entry entry = log.next(); entry != null; entry = log.next()) {
        if (entry.stream() == 1 ? stdout : stderr) {
          out.write(entry.stream(), entry.content(), 0, entry.content().length);
        }
      }
    }
  }

  private void resize(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    int height = dimension(request, "h");
    int width = dimension(request, "w");
    if (!container.isRunning()) {
      throw DockerException.conflict("container " + container.id() + " is not running");
    }
    container.engine().resize(width, height);
    containers.publish(
        container,
        "resize",
        Map.of("height", Integer.toString(height), "width", Integer.toString(width)));
    response.status(200);
  }

  static int dimension(Request request, String name) {
    OptionalInt value = request.integer(name);
    if (value.isEmpty()) {
      throw DockerException.invalid("strconv.Atoi: parsing \"\": invalid syntax");
    }
    if (value.getAsInt() < 0 || value.getAsInt() > 65535) {
      throw DockerException.invalid("invalid terminal size: " + value.getAsInt());
    }
    return value.getAsInt();
  }

  private void logs(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = ContainerActions.target(request);
    boolean stdout = request.bool("stdout");
    boolean stderr = request.bool("stderr");
    if (!stdout && !stderr) {
      throw DockerException.invalid("Bad parameters: you must choose at least one stream");
    }
    if (!LogPlan.isReadable(container.hostConfig(), containers.logDrivers())) {
      throw new DockerException(500, "configured logging driver does not support reading");
    }
    LogQuery query =
        new LogQuery(
            stdout,
            stderr,
            UnixTime.parse(request.query("since"), 400).orElse(null),
            UnixTime.parse(request.query("until"), 400)
                .filter(until -> until.getEpochSecond() > 0)
                .orElse(null),
            tail(request.query("tail")),
            request.bool("timestamps"),
            request.bool("details") ? details(container) : null,
            request.bool("follow"));
    OutputStream out = response.stream(Multiplexed.mediaType(container.tty(), request.version()));
    out.flush();
    new LogStream(container, query, new Multiplexed(out, container.tty()), watch)
        .run(request.gone());
    out.close();
  }

  private static int tail(String text) {
    if (text.isEmpty() || text.equals("all")) {
      return -1;
    }
    try {
      int lines = Integer.parseInt(text);
      return lines < 0 ? -1 : lines;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** What the log's options name of labels and environment. */
  private static String details(DockerContainer container) {
    ObjectNode options = Json.object(Json.object(container.hostConfig(), "LogConfig"), "Config");
    Map<String, String> all = new java.util.TreeMap<>();
    Map<String, String> labels = container.labels();
    for (String label : Json.text(options, "labels").split(",")) {
      if (labels.containsKey(label)) {
        all.put(label, labels.get(label));
      }
    }
    List<String> wanted = List.of(Json.text(options, "env").split(","));
    for (String entry : Json.strings(container.record().config(), "Env")) {
      int equals = entry.indexOf('=');
      if (equals > 0 && wanted.contains(entry.substring(0, equals))) {
        all.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    StringBuilder text = new StringBuilder();
    all.forEach(
        (name, value) -> {
          if (!text.isEmpty()) {
            text.append(',');
          }
          text.append(name).append('=').append(value);
        });
    return text.toString();
  }
}
