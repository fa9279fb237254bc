package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.client.https.Endpoint;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.core.JacksonException;

/**
 * Plain requests over several HTTP/2 connections. Answers are counted, not read: parsing a list of
 * ten thousand objects would take the driver longer than a server takes to send it.
 */
final class Requests implements AutoCloseable {
  private final Endpoint endpoint;
  private final List<HttpClient> connections = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * Connects when the first requests are made.
   *
   * @param connections how many to spread requests over
   */
  Requests(Endpoint endpoint, int connections) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
    for (int i = 0; i < connections; i++) {
      this.connections.add(
          HttpClient.newBuilder()
              .sslContext(endpoint.tls())
              .connectTimeout(Duration.ofSeconds(10))
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build());
    }
  }

  /** Posts, and gives the answer's size in bytes. */
  long post(String path, byte[] body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build());
  }

  /** Gets, and gives the answer's size in bytes. */
  long get(String path) {
    return send(request(path).GET().build());
  }

  private long send(HttpRequest request) {
    try {
      return next()
          .send(request, handler(request.method() + " " + request.uri().getPath(), Counter::new))
          .body();
    } catch (IOException e) {
      if (e.getCause() instanceof BenchException refused) {
        throw refused;
      }
      throw new BenchException(endpoint.server() + " can't be reached: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /** Begins a stream; done as soon as the server has begun to answer. */
  CompletableFuture<HttpResponse<Void>> stream(String path, BodySubscriber<Void> to) {
    return next().sendAsync(request(path).GET().build(), handler("GET " + path, () -> to));
  }

  private HttpClient next() {
    return connections.get(Math.floorMod(turn.getAndIncrement(), connections.size()));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.server().resolve(path))
            .header("Accept", "application/json")
            .header("User-Agent", "mokha/bench");
    String token = endpoint.token().get();
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private static <T> BodyHandler<T> handler(
      String what, java.util.function.Supplier<BodySubscriber<T>> good) {
    return info ->
        info.statusCode() < 300
            ? good.get()
            : BodySubscribers.mapping(
                BodySubscribers.ofByteArray(),
                body -> {
                  throw new BenchException(
                      what + " was answered " + info.statusCode() + ": " + message(body));
                });
  }

  private static String message(byte[] body) {
    try {
      return Json.MAPPER.readTree(body).path("message").asString("no message");
    } catch (JacksonException e) {
      return "no Status";
    }
  }

  @Override
  public void close() {
    connections.forEach(HttpClient::shutdownNow);
  }

  /** Counts bytes. */
  private static final class Counter implements BodySubscriber<Long> {
    private final CompletableFuture<Long> result = new CompletableFuture<>();
    private long bytes;

    @Override
    public CompletionStage<Long> getBody() {
      return result;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        bytes += buffer.remaining();
      }
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      result.complete(bytes);
    }
  }
}
