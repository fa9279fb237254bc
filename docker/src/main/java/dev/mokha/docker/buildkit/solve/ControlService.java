package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.session.Session;
import dev.mokha.docker.buildkit.session.Sessions;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.Service;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Request;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code moby.buildkit.v1.Control}, for one connection. */
final class ControlService {
  /** A client opens its session beside the call that names it. */
  private static final Duration COMING = Duration.ofSeconds(15);

  // Fields of SolveRequest.
  private static final int REF = 1;
  private static final int DEFINITION = 2;
  private static final int EXPORTER = 3;
  private static final int EXPORTER_ATTRIBUTES = 4;
  private static final int SESSION = 5;
  private static final int FRONTEND = 6;
  private static final int FRONTEND_ATTRIBUTES = 7;
  private static final int CACHE = 8;
  private static final int ENTITLEMENTS = 9;
  private static final int FRONTEND_INPUTS = 10;
  private static final int EXPORTERS = 13;

  private static final int CACHE_EXPORTS = 4;

  private final Connection connection;
  private final Request request;
  private final Workers workers;
  private final Sessions sessions;

  ControlService(Connection connection, Request request, Workers workers, Sessions sessions) {
    this.connection = connection;
    this.request = request;
    this.workers = workers;
    this.sessions = sessions;
  }

  Service service() {
    return new Service("moby.buildkit.v1.Control", Failures::of)
        .unary("Info", (message, call) -> workers.info())
        .unary("ListWorkers", (message, call) -> Message.of().message(1, workers.record()).build())
        .unary("DiskUsage", (message, call) -> diskUsage(message))
        .streaming("Prune", (message, call, answers) -> prune(message, answers))
        .unary("Solve", this::solve)
        .streaming("Status", (message, call, answers) -> status(message, answers))
        .streaming("ListenBuildHistory", (message, call, answers) -> noHistory())
        .unary("UpdateBuildHistory", (message, call) -> noHistory());
  }

  private static Message noHistory() {
    throw new Failure(
        Failure.Code.UNIMPLEMENTED,
        "no history of builds is kept here: a build is shown while it runs, and its image has a"
            + " history of its own (docker history)");
  }

  private Message diskUsage(Message message) {
    request.require(Action.of("list", "build"));
    return workers.diskUsage(message.texts(1));
  }

  private void prune(Message message, Service.Answers answers) throws InterruptedException {
    request.require(Action.of("delete", "build"));
    for (Message gone : workers.prune(message)) {
      answers.send(gone);
    }
  }

  private void status(Message message, Service.Answers answers) throws InterruptedException {
    Vertices vertices = connection.solves().await(message.text(1), request.caller()).vertices();
    int seen = 0;
    for (List<Message> next = vertices.after(seen); !next.isEmpty(); next = vertices.after(seen)) {
      for (Message status : next) {
        answers.send(status);
      }
      seen += next.size();
    }
  }

  private Message solve(Message message, Service.Call call) throws Exception {
    String ref = message.text(REF);
    if (ref.isEmpty()) {
      throw new Failure(Failure.Code.INVALID_ARGUMENT, "a build needs a name (Ref)");
    }
    request.require(Action.of("create", "build"));
    List<Message> exporters = message.messages(EXPORTERS);
    if (exporters.isEmpty() && !message.text(EXPORTER).isEmpty()) {
      exporters =
          List.of(
              Message.of()
                  .text(1, message.text(EXPORTER))
                  .map(2, message.map(EXPORTER_ATTRIBUTES))
                  .build());
    }
    List<Exports.Export> exports = Exports.of(exporters);
    connection.exports().check(exports, request);
    for (Message cache : message.message(CACHE).messages(CACHE_EXPORTS)) {
      if (!cache.text(1).equals("inline")) {
        throw new Failure(
            Failure.Code.UNIMPLEMENTED,
            "the build cache can't be exported as "
                + cache.text(1)
                + " here: images that were"
                + " built here serve as cache as they are");
      }
    }
    Solve solve =
        new Solve(
            ref,
            request.caller(),
            session(message),
            Set.copyOf(message.texts(ENTITLEMENTS)),
            Clock.systemUTC());
    connection.solves().begin(solve);
    try {
      call.onCancel(solve::cancel);
      solve.overWith(solve::cancel);
      return solve.work(() -> solve(message, solve, exports));
    } finally {
      solve.vertices().end();
      connection.solves().end(solve);
    }
  }

  private Session session(Message message) throws InterruptedException {
    String id = message.text(SESSION);
    if (id.isEmpty()) {
      return null;
    }
    return sessions
        .await(id, request.caller(), COMING)
        .orElseThrow(() -> new Failure(Failure.Code.NOT_FOUND, "no active session for " + id));
  }

  private Message solve(Message message, Solve solve, List<Exports.Export> exports)
      throws Exception {
    Solved solved;
    if (!message.text(FRONTEND).isEmpty()) {
      solved =
          connection
              .build(
                  solve,
                  message.text(FRONTEND),
                  message.map(FRONTEND_ATTRIBUTES),
                  message.messageMap(FRONTEND_INPUTS))
              .solved();
    } else if (!message.message(DEFINITION).messages(1).isEmpty()) {
      throw DockerfileFrontend.graph();
    } else {
      solved = connection.returned(solve.awaitReturn());
    }
    if (solved == null || exports.isEmpty()) {
      return Message.EMPTY;
    }
    Map<String, String> told = connection.exports().run(exports, solved.result(), solve);
    return Message.of().map(1, told).build();
  }
}
