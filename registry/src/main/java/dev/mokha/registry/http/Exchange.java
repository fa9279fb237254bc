package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.Presented;
import dev.mokha.registry.metrics.RegistryMetrics;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request and its answer, for a virtual thread. The answer is collected by {@link #header} and
 * sent by one of the other methods, once.
 */
final class Exchange {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  /** So much of a body that nobody wants is read before the connection is given up instead. */
  private static final long MOST_DISCARDED = 8L << 20;

  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Context context;
  private final IncomingBody body;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final RegistryMetrics metrics;
  private volatile boolean answered;
  private volatile String route = "none";

  Exchange(HttpServerRequest request, Context context, Duration patience, RegistryMetrics metrics) {
    this.request = requireNonNull(request);
    this.response = request.response();
    this.context = requireNonNull(context);
    this.metrics = requireNonNull(metrics);
    this.body = new IncomingBody(request, context, patience, metrics::received);
    headers.put("Docker-Distribution-Api-Version", "registry/2.0");
  }

  HttpMethod method() {
    return request.method();
  }

  boolean isHead() {
    return request.method() == HttpMethod.HEAD;
  }

  /** The path as it was sent. */
  String path() {
    return request.path() == null ? "/" : request.path();
  }

  /** The query as it was sent; empty without one. */
  String query() {
    return request.query() == null ? "" : request.query();
  }

  /** A query parameter; empty without it. */
  String parameter(String name) {
    String value = request.getParam(name);
    return value == null ? "" : value;
  }

  /** Whether a query parameter is there. */
  boolean hasParameter(String name) {
    return request.params().contains(name);
  }

  /** All values of a query parameter. */
  List<String> parameters(String name) {
    return request.params().getAll(name);
  }

  /** A request header; empty without it. */
  String asked(String name) {
    String value = request.getHeader(name);
    return value == null ? "" : value;
  }

  /** All values of a request header. */
  List<String> allAsked(String name) {
    return request.headers().getAll(name);
  }

  /** Where the client found this registry, such as {@code https://localhost:5000}. */
  String origin() {
    String host = request.authority() == null ? "localhost" : request.authority().toString();
    return request.scheme() + "://" + host;
  }

  /** Who the request's sender shows to be. */
  Presented presented() {
    Optional<X509Certificate> certificate = Optional.empty();
    if (request.isSSL()) {
      try {
        Certificate[] chain = request.sslSession().getPeerCertificates();
        if (chain.length > 0 && chain[0] instanceof X509Certificate first) {
          certificate = Optional.of(first);
        }
      } catch (SSLPeerUnverifiedException e) {
        // Most clients have none.
      }
    }
    return new Presented(asked("Authorization"), certificate);
  }

  /** Says what the request is counted as. */
  void countAs(Route route) {
    this.route = route.word();
  }

  IncomingBody body() {
    return body;
  }

  /** Sets a header of the answer. */
  Exchange header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  boolean isAnswered() {
    return answered;
  }

  /** Answers without a body. */
  void reply(int status) {
    reply(status, new byte[0]);
  }

  /** Answers with JSON. */
  void reply(int status, JsonNode tree) {
    headers.putIfAbsent("Content-Type", "application/json");
    reply(status, Json.bytes(tree));
  }

  /** Answers with bytes. To HEAD the same is said, and nothing sent. */
  void reply(int status, byte[] bytes) {
    answered = true;
    context.runOnContext(
        v -> {
          if (response.closed()) {
            return;
          }
          boolean closes = begin(status);
          if (status != 204 && status != 304) {
            response.putHeader("Content-Length", Integer.toString(bytes.length));
          }
          metrics.sent(isHead() ? 0 : bytes.length);
          (isHead() || bytes.length == 0 ? response.end() : response.end(Buffer.buffer(bytes)))
              .onComplete(done -> finish(closes));
        });
  }

  /** Answers HEAD with the length of what GET would send. */
  void replyLength(int status, long length) {
    answered = true;
    context.runOnContext(
        v -> {
          if (response.closed()) {
            return;
          }
          boolean closes = begin(status);
          response.putHeader("Content-Length", Long.toString(length));
          response.end().onComplete(done -> finish(closes));
        });
  }

  /** Answers with a part of a file, which is closed then. */
  void replyFile(int status, FileChannel file, ByteRange part) {
    answered = true;
    context.runOnContext(
        v -> {
          if (response.closed()) {
            close(file);
            return;
          }
          boolean closes = begin(status);
          response.putHeader("Content-Length", Long.toString(part.length()));
          metrics.sent(part.length());
          response
              .sendFile(file, part.first(), part.length())
              .onComplete(
                  done -> {
                    close(file);
                    finish(closes);
                  });
        });
  }

  /** Begins an answer that is written piece by piece with {@link #write}. */
  void begin(int status, long length) throws IOException, InterruptedException {
    answered = true;
    await(
        () -> {
          if (!response.closed()) {
            begin(status);
            response.putHeader("Content-Length", Long.toString(length));
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  /** Writes a piece, and waits until there is room for the next. */
  void write(byte[] piece) throws IOException, InterruptedException {
    await(
        () -> {
          if (response.closed()) {
            return CompletableFuture.failedFuture(new IOException("the client has gone"));
          }
          metrics.sent(piece.length);
          CompletableFuture<Void> room = new CompletableFuture<>();
          response.write(Buffer.buffer(piece)).onFailure(room::completeExceptionally);
          if (response.writeQueueFull()) {
            response.drainHandler(d -> room.complete(null));
            response.closeHandler(
                c -> room.completeExceptionally(new IOException("the client has gone")));
          } else {
            room.complete(null);
          }
          return room;
        });
  }

  /** Ends what was written piece by piece. */
  void end() {
    context.runOnContext(v -> response.end().onComplete(done -> finish(false)));
  }

  /** Cuts the connection, so that nobody takes a part for the whole. */
  void abort() {
    if (!answered) {
      metrics.request(request.method().name(), route, 0);
    }
    answered = true;
    context.runOnContext(v -> request.connection().close());
  }

  private void await(Supplier<CompletableFuture<Void>> step)
      throws IOException, InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    context.runOnContext(
        v ->
            step.get()
                .whenComplete(
                    (nothing, failure) -> {
                      if (failure == null) {
                        done.complete(null);
                      } else {
                        done.completeExceptionally(failure);
                      }
                    }));
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
    }
  }

  /** Answers with an error in the spec's form. */
  void fail(RegistryException e) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    ArrayNode errors = tree.putArray("errors");
    List<String> details = e.details().isEmpty() ? List.of("") : e.details();
    for (String detail : details) {
      ObjectNode error = errors.addObject();
      error.put("code", e.code().name()).put("message", String.valueOf(e.getMessage()));
      if (!detail.isEmpty()) {
        error.put("detail", detail);
      }
    }
    headers.put("Content-Type", "application/json");
    reply(e.status(), tree);
  }

  /** Puts the head together; says whether the connection can't be used again. */
  private boolean begin(int status) {
    metrics.request(request.method().name(), route, status);
    response.setStatusCode(status);
    headers.forEach((name, value) -> response.headers().add(name, value));
    boolean closes = !body.isRead() && announced() > MOST_DISCARDED;
    if (closes) {
      response.putHeader("Connection", "close");
    }
    return closes;
  }

  /** How much of a body is to be expected. */
  private long announced() {
    String length = asked("Content-Length");
    if (length.isEmpty()) {
      return asked("Transfer-Encoding").isEmpty() ? 0 : Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private void finish(boolean closes) {
    if (closes) {
      request.connection().close();
    } else if (!request.isEnded()) {
      body.discard();
    }
  }

  private static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException e) {
      log.debug("a blob could not be closed", e);
    }
  }

  @Override
  public String toString() {
    return request.method() + " " + path();
  }
}
