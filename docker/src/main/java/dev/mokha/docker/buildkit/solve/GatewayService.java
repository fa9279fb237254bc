package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.Service;
import dev.mokha.docker.http.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code moby.buildkit.v1.frontend.LLBBridge}, for one connection: what a client calls that works
 * on a build itself, as buildx does. Which build, a header says.
 */
final class GatewayService {
  private static final String BUILD = "buildkit-controlapi-buildid";

  /** What of this protocol is here (package gateway/pb). */
  private static final List<String> CAPABILITIES =
      List.of(
          "solve.base",
          "return",
          "returnmap",
          "proto.refarray",
          "reference.output",
          "importcaches",
          "frontend.inputs",
          "frontend.caps",
          "gateway.solve.metadata",
          "gateway.solve.evaluate",
          "gateway.evaluate",
          "gateway.warnings");

  /** What of LLB's is here: several results of one build. */
  private static final List<String> LLB_CAPABILITIES = List.of("exporter.multiple");

  private static final String NO_FILES =
      "files of a result can't be read here one by one: export it with -o type=local or type=tar";
  private static final String NO_NAMES =
      "images are found by the FROM of a Dockerfile here, not for graphs of LLB: ask the registry"
          + " (docker buildx imagetools inspect), or docker image inspect for one that is here";
  private static final String NO_STEPS =
      "containers of frontends can't be run here: this builder reads Dockerfiles";

  /** What else belongs to the protocol, and what is said to who calls it. */
  private static final Map<String, String> UNSERVED =
      Map.of(
          "ReadFile", NO_FILES,
          "ReadDir", NO_FILES,
          "StatFile", NO_FILES,
          "ResolveImageConfig", NO_NAMES,
          "ResolveSourceMeta", NO_NAMES,
          "NewContainer", NO_STEPS,
          "ReleaseContainer", NO_STEPS);

  // Fields of SolveRequest.
  private static final int DEFINITION = 1;
  private static final int FRONTEND = 2;
  private static final int FRONTEND_OPTIONS = 3;
  private static final int FRONTEND_INPUTS = 13;

  // Fields of SolveResponse, Result and Ref.
  private static final int RESPONSE_RESULT = 3;
  private static final int RESULT_REF = 3;
  private static final int RESULT_METADATA = 10;
  private static final int REF_ID = 1;
  private static final int REF_DEFINITION = 2;

  // Fields of ReturnRequest.
  private static final int RETURN_RESULT = 1;
  private static final int RETURN_ERROR = 2;

  private final Connection connection;
  private final Request request;
  private final Workers workers;

  GatewayService(Connection connection, Request request, Workers workers) {
    this.connection = connection;
    this.request = request;
    this.workers = workers;
  }

  Service service() {
    Service service = new Service("moby.buildkit.v1.frontend.LLBBridge", Failures::of);
    UNSERVED.forEach(
        (method, sentence) ->
            service.unary(
                method,
                (message, call) -> {
                  throw new Failure(Failure.Code.UNIMPLEMENTED, sentence);
                }));
    return service
        .unary("Ping", (message, call) -> ping(call))
        .unary("Solve", this::solve)
        .unary("Return", this::returned)
        .unary("Inputs", (message, call) -> Message.EMPTY)
        .unary("Evaluate", (message, call) -> Message.EMPTY) // results are made when asked for
        .unary("Warn", this::warn);
  }

  private Solve build(Service.Call call) throws InterruptedException {
    String ref = call.header(BUILD);
    if (ref.isEmpty()) {
      throw new Failure(Failure.Code.INVALID_ARGUMENT, "no buildid found in context");
    }
    return connection.solves().await(ref, request.caller());
  }

  private Message ping(Service.Call call) throws InterruptedException {
    build(call);
    return Message.of()
        .messages(1, capabilities(CAPABILITIES))
        .messages(2, capabilities(LLB_CAPABILITIES))
        .message(3, workers.record())
        .build();
  }

  private static List<Message> capabilities(List<String> ids) {
    List<Message> all = new ArrayList<>();
    ids.forEach(id -> all.add(Message.of().text(1, id).flag(2, true).build()));
    return all;
  }

  private Message solve(Message message, Service.Call call) throws Exception {
    Solve solve = build(call);
    if (message.text(FRONTEND).isEmpty()) {
      if (message.message(DEFINITION).messages(1).isEmpty()) {
        return Message.of().message(RESPONSE_RESULT, Message.EMPTY).build();
      }
      throw DockerfileFrontend.graph();
    }
    call.onCancel(solve::cancel);
    Connection.Built built =
        solve.work(
            () ->
                connection.build(
                    solve,
                    message.text(FRONTEND),
                    message.map(FRONTEND_OPTIONS),
                    message.messageMap(FRONTEND_INPUTS)));
    Message.Builder result = Message.of().dataMap(RESULT_METADATA, built.metadata());
    if (built.solved() != null) {
      result.message(
          RESULT_REF,
          Message.of()
              .text(REF_ID, built.solved().id())
              .message(REF_DEFINITION, built.solved().definition())
              .build());
    }
    return Message.of().message(RESPONSE_RESULT, result.build()).build();
  }

  private Message returned(Message message, Service.Call call) throws InterruptedException {
    Solve solve = build(call);
    if (message.has(RETURN_ERROR)) {
      solve.failed(Failure.of(message.message(RETURN_ERROR)));
    } else {
      solve.returned(message.message(RETURN_RESULT));
    }
    return Message.EMPTY;
  }

  /** A warning has the same fields here and in a status. */
  private Message warn(Message message, Service.Call call) throws InterruptedException {
    build(call).vertices().add(Message.of().message(4, message).build());
    return Message.EMPTY;
  }
}
