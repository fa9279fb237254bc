package dev.mokha.engineclient;

import dev.mokha.engineclient.http.Transport.Call;
import dev.mokha.engineclient.http.Transport.Duplex;
import dev.mokha.engineclient.http.Transport.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The engine's containers. A container is named by its id, the beginning of its id, or its name;
 * what is not there ends with an {@link EngineClientException} of status 404.
 */
public final class Containers {
  private final Api api;

  Containers(Api api) {
    this.api = api;
  }

  /**
   * A container as a list shows it.
   *
   * @param id its id
   * @param names its names, without the slash
   * @param image what it was made from
   * @param state {@code created}, {@code running}, {@code paused}, {@code restarting}, {@code
   *     exited}, {@code dead}
   * @param status the same for people, such as {@code Up 3 minutes (healthy)}
   * @param created when
   * @param labels its labels
   */
  public record Summary(
      String id,
      List<String> names,
      String image,
      String state,
      String status,
      Instant created,
      Map<String, String> labels) {
    /** Copies the collections. */
    public Summary {
      names = List.copyOf(names);
      labels = Map.copyOf(labels);
    }
  }

  /**
   * A container.
   *
   * @param id its id
   * @param name its name
   * @param state what it does, as in {@link Summary}
   * @param health {@code starting}, {@code healthy}, {@code unhealthy}; empty without checks
   * @param pid its first process on the engine's machine; 0 when it does not run
   * @param exitCode of its last run
   * @param address in its first network; empty for none
   * @param document everything, as the API's {@code ContainerInspectResponse}
   */
  public record Details(
      String id,
      String name,
      String state,
      String health,
      int pid,
      int exitCode,
      String address,
      ObjectNode document) {
    static Details of(ObjectNode node) {
      JsonNode state = node.path("State");
      String address = "";
      for (JsonNode network : node.path("NetworkSettings").path("Networks")) {
        if (address.isEmpty()) {
          address = network.path("IPAddress").asString("");
        }
      }
      return new Details(
          node.path("Id").asString(""),
          node.path("Name").asString("").replaceFirst("^/", ""),
          state.path("Status").asString(""),
          state.path("Health").path("Status").asString(""),
          state.path("Pid").asInt(0),
          state.path("ExitCode").asInt(0),
          address,
          node);
    }
  }

  /** A change of a container's files: {@code kind} is 0 changed, 1 added, 2 deleted. */
  public record Change(int kind, String path) {}

  // --- life ---

  /** Makes a container; its id. */
  public String create(NewContainer container) {
    return api.post("/containers/create", container.query(), container.body())
        .path("Id")
        .asString("");
  }

  /** Starts it; does nothing when it runs. */
  public void start(String id) {
    api.post(path(id, "start"), Query.NONE, null);
  }

  /** Stops it: its stop signal, then SIGKILL after a time. */
  public void stop(String id, Duration grace) {
    api.post(path(id, "stop"), Query.NONE.with("t", Long.toString(grace.toSeconds())), null);
  }

  /** Stops it if it runs, and starts it. */
  public void restart(String id, Duration grace) {
    api.post(path(id, "restart"), Query.NONE.with("t", Long.toString(grace.toSeconds())), null);
  }

  /** Sends a signal, such as {@code SIGHUP}. */
  public void kill(String id, String signal) {
    api.post(path(id, "kill"), Query.NONE.with("signal", signal), null);
  }

  /** Freezes its processes. */
  public void pause(String id) {
    api.post(path(id, "pause"), Query.NONE, null);
  }

  /** Lets them go on. */
  public void unpause(String id) {
    api.post(path(id, "unpause"), Query.NONE, null);
  }

  /** Gives it another name. */
  public void rename(String id, String name) {
    api.post(path(id, "rename"), Query.NONE.with("name", name), null);
  }

  /** Changes limits and restart policy while it runs; the API's {@code Resources}. */
  public void update(String id, ObjectNode changes) {
    api.post(path(id, "update"), Query.NONE, changes);
  }

  /** Waits until it does not run; its exit code. */
  public int await(String id) {
    return api.post(path(id, "wait"), Query.NONE, null).path("StatusCode").asInt();
  }

  /** Removes it. */
  public void remove(String id, Removal how) {
    api.delete(
        "/containers/" + Api.part(id),
        Query.NONE.with("force", how.force()).with("v", how.volumes()));
  }

  /** Removes all that do not run; their ids. */
  public List<String> prune(Map<String, List<String>> filters) {
    return Images.list(
        api.post("/containers/prune", Query.NONE.filters(filters), null).path("ContainersDeleted"));
  }

  // --- what there is ---

  /** All that run, or all there are, that pass the filters. */
  public List<Summary> list(boolean all, Map<String, List<String>> filters) {
    List<Summary> summaries = new ArrayList<>();
    for (JsonNode node :
        api.get("/containers/json", Query.NONE.with("all", all).filters(filters))) {
      summaries.add(
          new Summary(
              node.path("Id").asString(""),
              Images.list(node.path("Names")).stream().map(n -> n.substring(1)).toList(),
              node.path("Image").asString(""),
              node.path("State").asString(""),
              node.path("Status").asString(""),
              Instant.ofEpochSecond(node.path("Created").asLong(0)),
              Images.strings(node.path("Labels"))));
    }
    return summaries;
  }

  /** One of them. */
  public Details inspect(String id) {
    return Details.of(api.get(path(id, "json"), Query.NONE).asObject());
  }

  /** Its processes: a title for each column, then a line for each. */
  public List<List<String>> top(String id) {
    JsonNode node = api.get(path(id, "top"), Query.NONE);
    List<List<String>> lines = new ArrayList<>();
    lines.add(Images.list(node.path("Titles")));
    node.path("Processes").forEach(line -> lines.add(Images.list(line)));
    return lines;
  }

  /** What it changed of its image's files. */
  public List<Change> changes(String id) {
    List<Change> changes = new ArrayList<>();
    api.get(path(id, "changes"), Query.NONE)
        .forEach(
            node ->
                changes.add(new Change(node.path("Kind").asInt(), node.path("Path").asString(""))));
    return changes;
  }

  /** What it uses, once a second until the listener throws or it is gone; the API's statistics. */
  public void stats(String id, Consumer<ObjectNode> listener) {
    api.documents(
        Call.of("GET", api.target(path(id, "stats"), Query.NONE.with("stream", true))),
        node -> listener.accept(node.asObject()));
  }

  /** What it uses now. */
  public ObjectNode stats(String id) {
    return api.get(path(id, "stats"), Query.NONE.with("stream", "false").with("one-shot", true))
        .asObject();
  }

  // --- streams ---

  /**
   * What it has said.
   *
   * @param follow whether to go on until it ends
   * @param tail the last so many lines; -1 for all
   */
  public Frames logs(String id, boolean follow, int tail) {
    Query query =
        Query.NONE
            .with("stdout", true)
            .with("stderr", true)
            .with("follow", follow)
            .with("tail", tail < 0 ? "all" : Integer.toString(tail));
    InputStream in = api.bytes(path(id, "logs"), query);
    return new Frames(in, in, hasTerminal(id));
  }

  private boolean hasTerminal(String id) {
    return inspect(id).document().path("Config").path("Tty").asBoolean(false);
  }

  /** Connects to its first process; one that was not started yet is heard from its first byte. */
  public Session attach(String id) {
    Query query =
        Query.NONE
            .with("stream", true)
            .with("stdin", true)
            .with("stdout", true)
            .with("stderr", true);
    boolean terminal = hasTerminal(id);
    return new Session(api.hijack(path(id, "attach"), query, null), terminal);
  }

  /** Runs a command inside and waits for it. */
  public Output exec(String id, List<String> command) {
    String exec = prepare(id, command, false, false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (Session session = begin(exec, false)) {
      session.output().copyTo(out, err);
    } catch (IOException e) {
      throw EngineClient.broken(e);
    }
    return new Output(
        exitCode(exec), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Makes a command ready to run inside; an id for {@link #begin}. */
  public String prepare(String id, List<String> command, boolean input, boolean terminal) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("Cmd", command);
    body.put("AttachStdin", input);
    body.put("AttachStdout", true);
    body.put("AttachStderr", true);
    body.put("Tty", terminal);
    return api.post(path(id, "exec"), Query.NONE, body).path("Id").asString("");
  }

  /** Runs it, connected. */
  public Session begin(String exec, boolean terminal) {
    Duplex duplex =
        api.hijack(
            "/exec/" + Api.part(exec) + "/start",
            Query.NONE,
            Map.of("Detach", false, "Tty", terminal));
    return new Session(duplex, terminal);
  }

  /** How it ended. */
  public int exitCode(String exec) {
    return api.get("/exec/" + Api.part(exec) + "/json", Query.NONE).path("ExitCode").asInt();
  }

  /** Sets its terminal's size. */
  public void resize(String id, int columns, int rows) {
    api.post(path(id, "resize"), Query.NONE.with("w", columns).with("h", rows), null);
  }

  // --- files ---

  /** A file or directory of it, as a tar; the caller closes it. */
  public InputStream copyFrom(String id, String path) {
    return api.bytes(path(id, "archive"), Query.NONE.with("path", path));
  }

  /** Unpacks a tar, compressed or not, in a directory of it. */
  public void copyTo(String id, String directory, InputStream tar) {
    Call call =
        new Call(
            "PUT",
            api.target(path(id, "archive"), Query.NONE.with("path", directory)),
            Map.of(),
            "application/x-tar",
            tar,
            -1);
    try (Reply reply = api.transport().send(call)) {
      reply.body().readAllBytes();
    } catch (IOException e) {
      throw EngineClient.broken(e);
    }
  }

  /** All its files as a tar; the caller closes it. */
  public InputStream export(String id) {
    return api.bytes(path(id, "export"), Query.NONE);
  }

  /** Makes an image of it as it is; the image's id. */
  public String commit(String id, String repository, String tag, List<String> changes) {
    Query query =
        Query.NONE
            .with("container", id)
            .with("repo", repository)
            .with("tag", tag)
            .with("pause", true);
    for (String change : changes) {
      query = query.with("changes", change);
    }
    return api.post("/commit", query, Map.of()).path("Id").asString("");
  }

  private static String path(String id, String what) {
    return "/containers/" + Api.part(id) + "/" + what;
  }
}
