package dev.mokha.docker.build;

import dev.mokha.docker.containers.StartErrors;
import dev.mokha.docker.events.Event;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Filters;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.JsonLines;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.docker.http.Until;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.ClassicProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /build} (Docker API 1.50): the classic builder's API. */
public final class BuildRoutes {
  private static final Set<String> CACHE_FILTERS =
      Set.of(
          "label",
          "label!",
          "until",
          "id",
          "parent",
          "type",
          "description",
          "inuse",
          "shared",
          "private");

  private final Builder builder;
  private final BuildAccess access;
  private final EventLog events;
  private final Map<String, Ended> running = new ConcurrentHashMap<>();

  /** Over an engine's builder; a build's containers may be in a network. */
  public BuildRoutes(Builder builder, BuildAccess access, EventLog events) {
    this.builder = builder;
    this.access = access;
    this.events = events;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/build", this::build).as(BuildRoutes::building),
        Route.post("/build/prune", this::prune).as("delete", "build"),
        Route.post("/build/cancel", this::cancel).as("create", "build"));
  }

  private static Action building(Request request) {
    return BuildAccess.building(
        request.query("networkmode"), request.query("cgroupparent"), request.query("t"));
  }

  private void build(Request request, Response response) throws IOException {
    for (String name : request.queries("t")) {
      if (!name.isEmpty()) {
        access.requireName(request, name);
      }
    }
    access.requireNetwork(request, request.query("networkmode"));
    BuildRequest wanted = BuildQuery.read(request);
    if (request.bool("mokhacheck")) {
      response.json(CheckAnswer.of(builder.check(wanted)));
      return;
    }
    JsonLines lines = response.lines();
    Told told = new Told(lines);
    Ended ended = new Ended(request.caller(), Thread.currentThread());
    String id = request.query("buildid");
    if (!id.isEmpty()) {
      running.put(id, ended);
    }
    boolean own = request.bool("mokhaevents");
    ClassicProgress classic = new ClassicProgress(told, request.bool("q"));
    try {
      builder.build(
          wanted,
          event -> {
            if (event instanceof BuildEvent.Planned) {
              // The body is read: from now on the client may go away unseen, and the build with it.
              request.gone().thenRun(ended::interrupt);
            }
            if (own) {
              told.send(EventLine.of(event));
            } else {
              classic.event(event);
            }
          });
    } catch (BuildException e) {
      classic.failed();
      if (!told.anything) {
        throw new DockerException(e.line() > 0 ? 400 : 500, e.getMessage(), e);
      }
      lines.fail(e.exitCode(), e.getMessage());
    } catch (EngineException e) {
      String message = Thread.interrupted() ? "context canceled" : StartErrors.said(e);
      classic.failed();
      if (!told.anything) {
        throw new EngineException(e.code(), message, e);
      }
      lines.fail(0, message);
    } catch (UncheckedIOException e) {
      throw e.getCause(); // the client is gone, and with it the build
    } finally {
      ended.end();
      if (!id.isEmpty()) {
        running.remove(id, ended);
      }
    }
  }

  /** Interrupts a build, and never what its thread does afterwards. */
  private static final class Ended {
    private final Caller caller;
    private Thread thread;

    Ended(Caller caller, Thread thread) {
      this.caller = caller;
      this.thread = thread;
    }

    synchronized void interrupt() {
      if (thread != null) {
        thread.interrupt();
      }
    }

    synchronized void end() {
      thread = null;
    }
  }

  /** Sends what a build tells; a client that is gone ends the build. */
  private static final class Told implements ClassicProgress.Sink {
    private final JsonLines lines;
    private volatile boolean anything;

    Told(JsonLines lines) {
      this.lines = lines;
    }

    private void send(ObjectNode line) {
      anything = true;
      try {
        lines.send(line);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void stream(String text) {
      send(Json.object().put("stream", text));
    }

    @Override
    public void progress(String id, String status, long done, long total) {
      ObjectNode line = Json.object().put("status", status);
      ObjectNode detail = line.putObject("progressDetail");
      if (done > 0) {
        detail.put("current", done);
        if (total > 0) {
          detail.put("total", total);
        }
      }
      send(line.put("id", id));
    }

    @Override
    public void aux(String imageId) {
      ObjectNode line = Json.object();
      line.putObject("aux").put("ID", imageId);
      send(line);
    }
  }

  private void cancel(Request request, Response response) throws IOException {
    String id = request.query("id");
    if (id.isEmpty()) {
      throw DockerException.invalid("build ID not provided");
    }
    Ended build = running.get(id);
    if (build != null && (request.caller().root() || build.caller.equals(request.caller()))) {
      build.interrupt();
    }
    response.status(200);
  }

  private void prune(Request request, Response response) throws IOException {
    Filters filters = request.filters();
    for (String key : filters.keys()) {
      if (!CACHE_FILTERS.contains(key)) {
        throw DockerException.invalid("failed to prune build cache: invalid filter '" + key + "'");
      }
    }
    Instant unused = Until.of(filters, Instant.now()).orElse(null);
    Builder.Pruned pruned = builder.prune(unused, request.bool("all"), keep(request));
    events.pruned(Event.Type.BUILDER, pruned.bytes());
    ObjectNode answer = Json.object();
    if (pruned.ids().isEmpty()) {
      answer.putNull("CachesDeleted");
    } else {
      ArrayNode ids = answer.putArray("CachesDeleted");
      pruned.ids().forEach(ids::add);
    }
    response.json(answer.put("SpaceReclaimed", pruned.bytes()));
  }

  /** How much may stay; its name is another one since 1.48. */
  private static long keep(Request request) {
    for (String name : List.of("reserved-space", "keep-storage")) {
      String text = request.query(name);
      if (!text.isEmpty()) {
        try {
          return Long.parseLong(text);
        } catch (NumberFormatException e) {
          throw DockerException.invalid(name + " is in bytes and expects an integer, got " + text);
        }
      }
    }
    return 0;
  }
}
