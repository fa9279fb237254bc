package dev.mokha.node.http;

import dev.mokha.engine.containers.Container;
import dev.mokha.node.lifecycle.PodWorkers;
import dev.mokha.node.logs.LogQuery;
import dev.mokha.node.logs.LogReader;
import dev.mokha.node.pod.BoundPod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code /containerLogs/NAMESPACE/POD/CONTAINER}. */
final class LogRoutes {
  private final PodWorkers workers;

  LogRoutes(PodWorkers workers) {
    this.workers = workers;
  }

  void serve(HttpServerRequest request, BoundPod pod, String name) {
    if (pod.container(name).isEmpty()) {
      throw new HttpFailure(
          404, "container \"" + name + "\" not found in pod \"" + pod.name() + "\"");
    }
    boolean previous = flag(request, "previous");
    Container container =
        workers
            .container(pod, name, previous)
            .orElseThrow(
                () ->
                    new HttpFailure(
                        400,
                        previous
                            ? "previous terminated container \"%s\" in pod \"%s\" not found"
                                .formatted(name, pod.name())
                            : "container \"%s\" in pod \"%s\" is waiting to start: ContainerCreating"
                                .formatted(name, pod.name())));
    Path file = container.spec().logPath();
    LogQuery query = query(request);
    HttpServerResponse response = request.response();
    response.setChunked(true).putHeader("Content-Type", "text/plain");
    Thread reader = Thread.currentThread();
    response.closeHandler(v -> reader.interrupt());
    // The head goes out at once: a follower of a silent container must see that it is connected.
    response.writeHead();
    try (ResponseStream out = new ResponseStream(response)) {
      new LogReader(file, query, out, () -> mayWrite(container)).run();
    } catch (IOException | InterruptedException e) {
      response.reset();
    }
  }

  private static boolean mayWrite(Container container) {
    return switch (container.state().status()) {
      case CREATED, RUNNING, PAUSED, RESTARTING, UNKNOWN -> true;
      case EXITED -> false;
    };
  }

  private static LogQuery query(HttpServerRequest request) {
    Optional<Instant> since = Optional.empty();
    String sinceTime = request.getParam("sinceTime");
    OptionalLong sinceSeconds = number(request, "sinceSeconds");
    if (sinceTime != null && !sinceTime.isEmpty()) {
      try {
        since = Optional.of(OffsetDateTime.parse(sinceTime).toInstant());
      } catch (DateTimeParseException e) {
        throw new HttpFailure(400, "sinceTime " + sinceTime + " is no RFC 3339 time");
      }
    } else if (sinceSeconds.isPresent()) {
      since = Optional.of(Instant.now().minusSeconds(sinceSeconds.getAsLong()));
    }
    String stream = request.getParam("stream");
    return new LogQuery(
        flag(request, "follow"),
        number(request, "tailLines"),
        since,
        flag(request, "timestamps"),
        number(request, "limitBytes"),
        stream == null || stream.equals("All") ? "" : stream.toLowerCase(Locale.ROOT));
  }

  static boolean flag(HttpServerRequest request, String name) {
    String value = request.getParam(name);
    return value != null && (value.equals("true") || value.equals("1"));
  }

  private static OptionalLong number(HttpServerRequest request, String name) {
    String value = request.getParam(name);
    if (value == null || value.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseLong(value);
      if (number < 0) {
        throw new HttpFailure(400, name + " must not be negative");
      }
      return OptionalLong.of(number);
    } catch (NumberFormatException e) {
      throw new HttpFailure(400, name + " must be a number, not " + value);
    }
  }
}
