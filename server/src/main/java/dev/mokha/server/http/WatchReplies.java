package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.RequestMetrics;
import dev.mokha.server.table.Tables;
import java.util.concurrent.ExecutorService;

/**
 * Answers to watches: they go on by themselves, over a WebSocket or as a body without end. On the
 * event loop of their connection.
 */
final class WatchReplies {
  private final WatchLoop watches;
  private final ExecutorService workers;
  private final RequestMetrics metrics;

  WatchReplies(WatchLoop watches, ExecutorService workers, RequestMetrics metrics) {
    this.watches = requireNonNull(watches, "watches");
    this.workers = requireNonNull(workers, "workers");
    this.metrics = requireNonNull(metrics, "metrics");
  }

  void begin(Exchange known, ApiCall call, Answer.Events events, Tables.Include include) {
    var response = known.request.response();
    known.started();
    if (response.closed()) {
      known.finish(200);
      return;
    }
    boolean protobuf = known.accept.encoding() == Accept.Encoding.PROTOBUF;
    if (WebSockets.isWanted(known.request)) {
      known
          .request
          .toWebSocket()
          .onFailure(e -> known.finish(400))
          .onSuccess(
              socket -> follow(known, call, events, include, EventSink.of(socket, !protobuf)));
      known.request.resume();
      return;
    }
    response.putHeader(
        "Content-Type",
        protobuf ? ProtobufCodec.WATCH_CONTENT_TYPE : Accept.Encoding.JSON.mediaType);
    response.putHeader("Cache-Control", "no-cache, private");
    Replies.warn(response, call.warnings());
    response.setChunked(true);
    response.writeHead();
    follow(known, call, events, include, EventSink.of(response));
  }

  private void follow(
      Exchange known, ApiCall call, Answer.Events events, Tables.Include include, EventSink sink) {
    watches.add(
        new WatchStream(
            watches,
            sink,
            events,
            known.accept.encoding() == Accept.Encoding.PROTOBUF
                ? new ProtobufEvents(call.resource(), known.accept.form())
                : new JsonEvents(call.resource(), known.accept, include),
            call.resource().isCustom() && call.resource().custom().reader().mayBlock()
                ? workers
                : null,
            metrics.watchEvents(call.resource()),
            () -> known.finish(200)));
  }
}
