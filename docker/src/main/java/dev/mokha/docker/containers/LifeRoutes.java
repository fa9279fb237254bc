package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ObjectNode;

/** {@code /containers/ID/start} and whatever else makes it run or not (Docker API 1.50). */
public final class LifeRoutes {
  private static final int STOP_SECONDS = 10;

  private final DockerContainers containers;
  private final ContainerActions actions;

  /** Over containers. */
  public LifeRoutes(DockerContainers containers) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/containers/{id}/start", this::start).as(actions.on("start")),
        Route.post("/containers/{id}/stop", this::stop).as(actions.on("stop")),
        Route.post("/containers/{id}/restart", this::restart).as(actions.on("restart")),
        Route.post("/containers/{id}/kill", this::kill).as(actions.on("kill")),
        Route.post("/containers/{id}/pause", this::pause).as(actions.on("pause")),
        Route.post("/containers/{id}/unpause", this::unpause).as(actions.on("unpause")),
        Route.post("/containers/{id}/wait", this::await).as(actions.on("get")));
  }

  private DockerContainer container(Request request) {
    return ContainerActions.target(request);
  }

  private void start(Request request, Response response) throws IOException {
    DetachKeys.parse(request.query("detachKeys"));
    response.status(containers.start(container(request)) ? 204 : 304);
  }

  private void stop(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = container(request);
    int signal = Creation.signal(request.query("signal"));
    OptionalInt seconds = request.integer("t");
    if (!container.isRunning() && !isRestarting(container)) {
      response.status(304);
      return;
    }
    stop(container, seconds, signal);
    response.status(204);
  }

  private static boolean isRestarting(DockerContainer container) {
    return container.engine().state().status() == Container.Status.RESTARTING;
  }

  private void stop(DockerContainer container, OptionalInt seconds, int signal)
      throws InterruptedException {
    ObjectNode config = container.record().config();
    int grace =
        seconds.orElseGet(
            () ->
                Json.has(config, "StopTimeout")
                    ? (int) Json.number(config, "StopTimeout")
                    : STOP_SECONDS);
    int first = signal == 0 ? container.engine().spec().stopSignal() : signal;
    if (container.isRunning()) {
      containers.publish(
          container, "kill", Map.of("signal", Integer.toString(first == 0 ? Signals.TERM : first)));
    }
    if (signal != 0 && container.isRunning()) {
      CompletableFuture<Container.State> end = container.engine().nextExit();
      container.engine().kill(signal);
      awaitFor(end, grace);
      container.engine().stop(Duration.ZERO);
    } else {
      container.engine().stop(Duration.ofSeconds(grace));
    }
    containers.publish(container, "stop", Map.of());
  }

  private static void awaitFor(CompletableFuture<Container.State> end, int seconds)
      throws InterruptedException {
    try {
      if (seconds < 0) {
        end.get();
      } else {
        end.get(seconds, TimeUnit.SECONDS);
      }
    } catch (TimeoutException | ExecutionException e) {
      // Then it is killed, or it is gone.
    }
  }

  private void restart(Request request, Response response)
      throws IOException, InterruptedException {
    DockerContainer container = container(request);
    int signal = Creation.signal(request.query("signal"));
    OptionalInt seconds = request.integer("t");
    if (container.isRunning() || isRestarting(container)) {
      // A restart is not an end: what removes itself stays.
      container.keep(true);
      try {
        stop(container, seconds, signal);
        containers.start(container);
      } finally {
        container.keep(false);
      }
    } else {
      containers.start(container);
    }
    containers.publish(container, "restart", Map.of());
    response.status(204);
  }

  private void kill(Request request, Response response) throws IOException {
    if (ContainerActions.found(request).isEmpty()) {
      throw DockerException.notFound(
          "cannot kill container: %s: No such container: %s"
              .formatted(request.path("id"), request.path("id")));
    }
    DockerContainer container = container(request);
    String name = request.query("signal");
    int signal = name.isEmpty() ? Signals.KILL : signal(request.path("id"), name);
    if (!container.isRunning()) {
      throw DockerException.conflict(
          "cannot kill container: "
              + request.path("id")
              + ": container "
              + container.id()
              + " is not running");
    }
    containers.publish(container, "kill", Map.of("signal", Integer.toString(signal)));
    if (signal == Signals.KILL) {
      container.engine().stop(Duration.ZERO);
    } else {
      container.engine().kill(signal);
    }
    response.status(204);
  }

  private static int signal(String reference, String name) {
    String prefix = "cannot kill container: " + reference + ": ";
    try {
      int signal = Creation.signal(name);
      if (signal > 0) {
        return signal;
      }
    } catch (DockerException e) {
      if (name.matches("\\d+") && !name.matches("0+")) {
        throw DockerException.invalid(prefix + "the linux daemon does not support signal " + name);
      }
      throw new DockerException(e.status(), prefix + e.getMessage(), e);
    }
    throw DockerException.invalid(prefix + "invalid signal: " + name);
  }

  private void pause(Request request, Response response) throws IOException {
    DockerContainer container = container(request);
    switch (ContainerState.word(container)) {
      case "running" -> container.engine().pause();
      case "paused" ->
          throw DockerException.conflict("Container " + container.id() + " is already paused");
      case "restarting" ->
          throw DockerException.conflict(
              "Container "
                  + container.id()
                  + " is restarting, wait until the container is running");
      default -> throw DockerException.conflict("container " + container.id() + " is not running");
    }
    response.status(204);
  }

  private void unpause(Request request, Response response) throws IOException {
    DockerContainer container = container(request);
    if (!ContainerState.word(container).equals("paused")) {
      throw new DockerException(500, "Container " + container.id() + " is not paused");
    }
    container.engine().resume();
    response.status(204);
  }

  private void await(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = container(request);
    CompletableFuture<Integer> end =
        switch (request.query("condition")) {
          case "", "not-running" ->
              container.isRunning() || isRestarting(container)
                  ? exitCode(container.engine().nextExit())
                  : CompletableFuture.completedFuture(container.engine().state().exitCode());
          case "next-exit" -> exitCode(container.engine().nextRunExit());
          case "removed" -> container.gone();
          default ->
              throw DockerException.invalid(
                  "invalid condition: \"" + request.query("condition") + "\"");
        };
    OutputStream out = response.stream("application/json");
    out.flush(); // the client starts the container when it knows that somebody waits
    CompletableFuture.anyOf(end, request.gone()).handle((done, failed) -> null).join();
    if (!end.isDone()) {
      return;
    }
    ObjectNode json = Json.object();
    try {
      json.put("StatusCode", end.join());
    } catch (CompletionException e) {
      json.put("StatusCode", container.gone().getNow(0));
      if (!(e.getCause() instanceof EngineException)) {
        json.putObject("Error").put("Message", String.valueOf(e.getCause().getMessage()));
      }
    }
    out.write(Json.MAPPER.writeValueAsBytes(json));
    out.write('\n');
    out.close();
  }

  private static CompletableFuture<Integer> exitCode(CompletableFuture<Container.State> end) {
    return end.thenApply(Container.State::exitCode);
  }
}
