package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.JsonLines;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.images.FileChange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What goes on inside containers: processes, use, changes, the whole tree (Docker API 1.50). */
public final class InsideRoutes {
  private static final long SAMPLE_MILLIS = 1000;

  /** Files that stand in every container's root because something is mounted on them. */
  private static final Set<String> STAND_INS =
      Set.of("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/.dockerenv");

  private final DockerContainers containers;
  private final ContainerActions actions;

  /** Over containers. */
  public InsideRoutes(DockerContainers containers) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.get("/containers/{id}/top", this::top).as(actions.on("get")),
        Route.get("/containers/{id}/stats", this::stats).as(actions.on("get")),
        Route.get("/containers/{id}/changes", this::changes).as(actions.on("get")),
        Route.get("/containers/{id}/export", this::export).as(actions.on("copy")));
  }

  private void top(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = ContainerActions.target(request);
    if (!container.isRunning()) {
      throw DockerException.conflict("container " + container.id() + " is not running");
    }
    String arguments = request.query("ps_args");
    ObjectNode table =
        ProcessTable.of(arguments.isEmpty() ? "-ef" : arguments, container.engine().processes());
    containers.publish(container, "top", Map.of());
    response.json(table);
  }

  private void stats(Request request, Response response) throws IOException, InterruptedException {
    DockerContainer container = ContainerActions.target(request);
    boolean stream = request.bool("stream", true);
    boolean once = request.bool("one-shot");
    if (once && stream) {
      throw DockerException.invalid("cannot have stream=true and one-shot=true");
    }
    if (!stream) {
      response.json(sample(container, once));
      return;
    }
    try (JsonLines lines = response.lines()) {
      ObjectNode before = null;
      do {
        boolean running = container.isRunning();
        ObjectNode now =
            running
                ? StatsJson.of(container, container.engine().stats(), before)
                : StatsJson.none(container);
        // The first sample has nothing to be compared with: the second is the first of use.
        lines.send(now);
        before = running ? now : null;
      } while (!pause(request, container));
    }
  }

  private static ObjectNode sample(DockerContainer container, boolean once)
      throws InterruptedException {
    if (!container.isRunning()) {
      return StatsJson.none(container);
    }
    ObjectNode first = StatsJson.of(container, container.engine().stats(), null);
    if (once) {
      return first;
    }
    Thread.sleep(SAMPLE_MILLIS);
    return StatsJson.of(container, container.engine().stats(), first);
  }

  /** Waits for the next sample's time; true when nobody wants it any more. */
  private static boolean pause(Request request, DockerContainer container)
      throws InterruptedException {
    try {
      request.gone().get(SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return container.gone().isDone();
    } catch (ExecutionException e) {
      return true;
    }
  }

  private void changes(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    List<MountPoint> mounts = container.record().mounts();
    ArrayNode array = Json.array();
    for (FileChange change : containers.engine().images().changes(container.id())) {
      boolean standIn =
          STAND_INS.contains(change.path())
              || mounts.stream().anyMatch(mount -> mount.destination().equals(change.path()));
      if (!standIn) {
        array.addObject().put("Path", change.path()).put("Kind", change.kind().ordinal());
      }
    }
    response.json(array);
  }

  private void export(Request request, Response response) throws IOException {
    DockerContainer container = ContainerActions.target(request);
    try (Container.Tree tree = container.engine().tree();
        OutputStream out = response.stream("application/octet-stream")) {
      containers.engine().images().exportRoot(tree.root(), tree.users(), out);
    }
    containers.publish(container, "export", Map.of());
  }
}
