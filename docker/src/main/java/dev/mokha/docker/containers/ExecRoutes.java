package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Duplex;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container.ExecSession;
import dev.mokha.engine.containers.Container.ExecSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** {@code /exec}: more processes inside containers (Docker API 1.50). */
public final class ExecRoutes {
  private static final int BAD_REQUEST = 400;

  private static final int KILLED = 137;

  private final DockerContainers containers;
  private final Execs execs;
  private final ContainerActions actions;
  private final ContainerTree trees;

  /** Over containers. */
  public ExecRoutes(DockerContainers containers, Execs execs) {
    this.containers = containers;
    this.execs = execs;
    this.actions = new ContainerActions(containers);
    this.trees = new ContainerTree(containers.engine().volumes());
    for (Execs.Exec exec : execs.adopt()) {
      Thread.ofVirtual().name("docker-exec").start(() -> finish(exec));
    }
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/containers/{id}/exec", this::create).as(this::creation),
        Route.post("/exec/{id}/start", this::start).as(on("exec")),
        Route.post("/exec/{id}/resize", this::resize).as(on("exec")),
        Route.get("/exec/{id}/json", this::inspect).as(on("get")));
  }

  private Route.Describer on(String verb) {
    return request -> {
      Execs.Exec exec = execs.get(request.path("id"));
      request.settle(exec);
      return ContainerActions.on(verb, exec.container);
    };
  }

  private dev.mokha.docker.http.Action creation(Request request) throws IOException {
    dev.mokha.docker.http.Action action = actions.on("exec", request.path("id"), request);
    boolean privileged = Json.flag(request.json(), "Privileged");
    return new dev.mokha.docker.http.Action(
        action.verb(),
        action.resource(),
        action.namespace(),
        action.name(),
        "",
        privileged
            ? java.util.Set.of(dev.mokha.docker.http.Action.Power.PRIVILEGED)
            : java.util.Set.of());
  }

  private void create(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    ObjectNode body = request.json();
    List<String> command = Json.strings(body, "Cmd");
    if (command.isEmpty()) {
      throw DockerException.invalid("No exec command specified");
    }
    requireRunning(container, request.path("id"));
    DetachKeys.parse(Json.text(body, "DetachKeys"));
    requireUser(container, Json.text(body, "User"));
    ExecSpec spec =
        new ExecSpec(
            command,
            Json.strings(body, "Env"),
            Json.text(body, "User"),
            Json.text(body, "WorkingDir"),
            Json.flag(body, "Tty"),
            Json.flag(body, "AttachStdin"),
            Json.flag(body, "Privileged"));
    Execs.Exec exec = execs.add(container, spec, body, Json.text(body, "DetachKeys"));
    exec.size = size(body);
    containers.publish(
        container, "exec_create: " + String.join(" ", command), Map.of("execID", exec.id));
    response.json(201, Json.object().put("Id", exec.id));
  }

  /** Whom the container does not know is refused at once: later there is nobody to tell. */
  private void requireUser(DockerContainer container, String user) throws IOException {
    if (!user.matches("[0-9]*(:[0-9]+)?")) {
      trees.in(container, root -> UserNames.resolve(user, root));
    }
  }

  /** Height and width of a ConsoleSize; null when there is none. */
  private static int[] size(ObjectNode body) {
    var size = body.get("ConsoleSize");
    return size != null && size.isArray() && size.size() == 2 && size.get(0).asInt(0) > 0
        ? new int[] {size.get(0).asInt(0), size.get(1).asInt(0)}
        : null;
  }

  private static void requireRunning(DockerContainer container, String reference) {
    switch (ContainerState.word(container)) {
      case "running" -> {
        // It can.
      }
      case "paused" ->
          throw DockerException.conflict(
              "Container " + reference + " is paused, unpause the container before exec");
      case "restarting" ->
          throw DockerException.conflict(
              "Container "
                  + container.id()
                  + " is restarting, wait until the container is running");
      default -> throw DockerException.conflict("container " + container.id() + " is not running");
    }
  }

  private void start(Request request, Response response) throws IOException, InterruptedException {
    Execs.Exec exec = request.settled(Execs.Exec.class);
    ObjectNode body = request.json();
    requireRunning(exec.container, exec.container.id());
    exec.take();
    if (size(body) != null) {
      exec.size = size(body);
    }
    if (Json.flag(body, "Detach")) {
      ExecSession session = begin(exec, true);
      Thread end = Thread.ofVirtual().name("docker-exec").start(() -> finish(exec));
      String failure = ExecFailures.await(session, end);
      if (!failure.isEmpty()) {
        throw new DockerException(BAD_REQUEST, ExecFailures.PREFIX + failure);
      }
      response.status(200);
      return;
    }
    boolean tty = exec.spec.tty();
    ExecSession session = beginAttached(exec, tty);
    try (Duplex client = response.hijack(Multiplexed.mediaType(tty, request.version()))) {
      new Conversation(
              client,
              session,
              new Conversation.Wanted(
                  tty,
                  exec.spec.stdin(),
                  tty || Json.flag(exec.asked, "AttachStdout"),
                  Json.flag(exec.asked, "AttachStderr"),
                  true,
                  true,
                  DetachKeys.parse(exec.detachKeys)),
              () -> finish(exec))
          .run();
    }
  }

  private ExecSession beginAttached(Execs.Exec exec, boolean tty) {
    try {
      return ExecFailures.told(begin(exec, false), tty);
    } catch (DockerException e) {
      if (e.status() != BAD_REQUEST) {
        throw e;
      }
      exec.session = new NotBegun(e.getMessage());
      return exec.session;
    }
  }

  private ExecSession begin(Execs.Exec exec, boolean detached) {
    ExecSpec asked = exec.spec;
    int[] size = exec.size == null ? new int[] {0, 0} : exec.size;
    ExecSession session;
    execs.note(exec);
    try {
      session =
          exec.container
              .engine()
              .exec(
                  new ExecSpec(
                      asked.command(),
                      asked.env(),
                      asked.user(),
                      asked.workingDir(),
                      asked.tty(),
                      asked.stdin() && !detached,
                      asked.privileged(),
                      detached,
                      size[1],
                      size[0]),
                  exec.id);
    } catch (EngineException e) {
      execs.ended(exec, 126);
      throw e.code() == EngineException.Code.RUNTIME
          ? new DockerException(
              BAD_REQUEST, ExecFailures.PREFIX + "exec failed: " + e.getMessage(), e)
          : e;
    }
    exec.session = session;
    containers.publish(
        exec.container,
        "exec_start: " + String.join(" ", exec.spec.command()),
        Map.of("execID", exec.id));
    return session;
  }

  private void finish(Execs.Exec exec) {
    int code = KILLED;
    // Its end is on record before what the engine has of it goes.
    try (ExecSession session = exec.session) {
      code = session.awaitExit();
      execs.ended(exec, code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return; // the daemon ends, and the next one finds it
    }
    containers.publish(
        exec.container, "exec_die", Map.of("execID", exec.id, "exitCode", Integer.toString(code)));
  }

  private void resize(Request request, Response response) throws IOException {
    Execs.Exec exec = request.settled(Execs.Exec.class);
    int height = StreamRoutes.dimension(request, "h");
    int width = StreamRoutes.dimension(request, "w");
    exec.size = new int[] {height, width};
    ExecSession session = exec.session;
    if (session != null) {
      session.resize(width, height);
    } else if (exec.started) {
      throw DockerException.conflict("exec " + exec.id + " is not running");
    }
    response.status(200);
  }

  private void inspect(Request request, Response response) throws IOException {
    Execs.Exec exec = request.settled(Execs.Exec.class);
    ObjectNode json = Json.object();
    json.put("ID", exec.id);
    json.put("Running", exec.running());
    if (exec.exitCode == null) {
      json.putNull("ExitCode");
    } else {
      json.put("ExitCode", exec.exitCode);
    }
    ObjectNode process = json.putObject("ProcessConfig");
    process.put("tty", exec.spec.tty());
    process.put("entrypoint", exec.spec.command().get(0));
    process.set(
        "arguments", Json.array(exec.spec.command().subList(1, exec.spec.command().size())));
    process.put("privileged", exec.spec.privileged());
    if (!exec.spec.user().isEmpty()) {
      process.put("user", exec.spec.user());
    }
    json.put("OpenStdin", exec.spec.stdin());
    json.put("OpenStderr", Json.flag(exec.asked, "AttachStderr"));
    json.put("OpenStdout", Json.flag(exec.asked, "AttachStdout"));
    json.put("CanRemove", exec.exitCode != null);
    json.put("ContainerID", exec.container.id());
    json.put("DetachKeys", "");
    json.put("Pid", exec.session == null ? exec.pid : exec.session.pid());
    response.json(json);
  }
}
