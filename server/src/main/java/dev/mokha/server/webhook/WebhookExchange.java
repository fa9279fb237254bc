package dev.mokha.server.webhook;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;

/** One request to a webhook, and its answer; its callbacks run on the event loop. */
final class WebhookExchange {
  private static final Set<HttpConnection> SEEN =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final int mostBytes;
  private final CompletableFuture<byte[]> answer = new CompletableFuture<>();
  private final Buffer received = Buffer.buffer();
  private volatile HttpClientRequest request;
  private volatile boolean reused;
  private volatile boolean answered;

  WebhookExchange(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** Fails with a {@link WebhookFailure}, or with what the transport says. */
  CompletableFuture<byte[]> answer() {
    return answer;
  }

  void start(HttpClient client, RequestOptions options, byte[] body) {
    client
        .request(options)
        .onFailure(answer::completeExceptionally)
        .onSuccess(
            r -> {
              request = r;
              if (answer.isDone()) {
                r.reset();
                return;
              }
              reused = !SEEN.add(r.connection());
              r.response().onFailure(answer::completeExceptionally).onSuccess(this::read);
              r.exceptionHandler(answer::completeExceptionally);
              r.end(Buffer.buffer(body));
            });
  }

  private void read(HttpClientResponse response) {
    answered = true;
    response.exceptionHandler(answer::completeExceptionally);
    response.handler(
        part -> {
          if (received.length() + part.length() > mostBytes) {
            answer.completeExceptionally(
                new WebhookFailure("its answer is larger than %d bytes".formatted(mostBytes)));
            response.request().reset();
          } else {
            received.appendBuffer(part);
          }
        });
    response.endHandler(
        end -> {
          int code = response.statusCode();
          if (code >= 200 && code < 300) {
            answer.complete(received.getBytes());
          } else {
            answer.completeExceptionally(
                new WebhookFailure(
                    TransportErrors.describe(
                        code, new String(received.getBytes(), StandardCharsets.UTF_8))));
          }
        });
  }

  /** Gives the connection up; whatever comes is not wanted any more. */
  void cancel() {
    answer.cancel(false);
    HttpClientRequest r = request;
    if (r != null) {
      r.reset();
    }
  }

  /** True when a kept connection turned out to be closed before any part of an answer came. */
  boolean metAClosedConnection() {
    return reused
        && !answered
        && answer.isCompletedExceptionally()
        && (answer.exceptionNow() instanceof HttpClosedException
            || answer.exceptionNow() instanceof IOException);
  }
}
