package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Reads a whole body, up to a limit. */
final class BodyReader {
  /** As upstream: what fits into a request of its store, twice. */
  static final int MOST_BYTES = 3 << 20;

  private BodyReader() {}

  static Future<byte[]> read(HttpServerRequest request) {
    Promise<byte[]> promise = Promise.promise();
    Buffer all = Buffer.buffer();
    request.handler(
        part -> {
          if (all.length() + part.length() > MOST_BYTES) {
            request.handler(ignored -> {});
            promise.tryFail(
                new StatusException(
                    StatusReason.REQUEST_ENTITY_TOO_LARGE,
                    "Request entity too large: limit is " + MOST_BYTES,
                    StatusException.Details.NONE));
          } else {
            all.appendBuffer(part);
          }
        });
    request.endHandler(v -> promise.tryComplete(all.getBytes()));
    request.exceptionHandler(promise::tryFail);
    return promise.future();
  }
}
