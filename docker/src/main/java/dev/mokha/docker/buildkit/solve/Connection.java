package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.session.Sessions;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.Service;
import dev.mokha.docker.http.Request;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One client at {@code /grpc}: its results live as long as it is connected, since a later build of
 * the same client may take them as a context.
 */
final class Connection implements AutoCloseable {
  // Fields of gateway's Result and Ref.
  private static final int RESULT_REF_OLD = 1;
  private static final int RESULT_REFS_OLD = 2;
  private static final int RESULT_REF = 3;
  private static final int RESULT_REFS = 4;
  private static final int REF_ID = 1;

  private final Request request;
  private final Solves solves;
  private final DockerfileFrontend frontend;
  private final Exports exports;
  private final Map<String, Solved> results = new HashMap<>();
  private boolean closed;

  Connection(Request request, Solves solves, DockerfileFrontend frontend, Exports exports) {
    this.request = request;
    this.solves = solves;
    this.frontend = frontend;
    this.exports = exports;
  }

  List<Service> services(Workers workers, Sessions sessions) {
    return List.of(
        new ControlService(this, request, workers, sessions).service(),
        new GatewayService(this, request, workers).service());
  }

  Solves solves() {
    return solves;
  }

  Exports exports() {
    return exports;
  }

  /**
   * What a frontend gave.
   *
   * @param solved null for answers to a question
   */
  record Built(Solved solved, Map<String, byte[]> metadata) {}

  /** Has a frontend work. */
  Built build(Solve solve, String name, Map<String, String> attributes, Map<String, Message> inputs)
      throws IOException, InterruptedException {
    DockerfileFrontend.Order order =
        new DockerfileFrontend.Order(name, attributes, inputs, solve.entitlements(), this::find);
    if (DockerfileFrontend.isQuestion(order)) {
      return new Built(null, frontend.answer(order, solve, request));
    }
    Solved solved = frontend.solve(order, solve, request);
    synchronized (results) {
      if (!closed) {
        results.put(solved.id(), solved);
        return new Built(solved, Map.of());
      }
    }
    solved.close();
    throw new Failure(Failure.Code.CANCELLED, "context canceled");
  }

  private Optional<Solved> find(String id) {
    synchronized (results) {
      return Optional.ofNullable(results.get(id));
    }
  }

  /** The result that a client names as that of a build; null when it is nothing. */
  Solved returned(Message result) {
    String id = result.message(RESULT_REF).text(REF_ID);
    if (id.isEmpty()) {
      id = result.text(RESULT_REF_OLD);
    }
    if (id.isEmpty() && (result.has(RESULT_REFS) || result.has(RESULT_REFS_OLD))) {
      throw new Failure(
          Failure.Code.UNIMPLEMENTED,
          "results for several platforms at once can't be exported here: build one for each");
    }
    String named = id;
    return id.isEmpty()
        ? null
        : find(id)
            .orElseThrow(() -> new Failure(Failure.Code.NOT_FOUND, "there is no result " + named));
  }

  @Override
  public void close() {
    List<Solved> all;
    synchronized (results) {
      closed = true;
      all = List.copyOf(results.values());
      results.clear();
    }
    all.forEach(Solved::close);
  }
}
