package dev.mokha.client.https;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient.Watch;
import dev.mokha.client.ApiClient.WatchHandler;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.function.BiFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One watch: a virtual thread reads one JSON event a line and tells the handler. */
final class WatchStream implements Watch {
  private final HttpClient http;
  private final HttpRequest request;
  private final WatchHandler handler;
  private final BiFunction<Integer, byte[], StatusException> failure;
  private final Thread thread;
  private volatile InputStream body;
  private volatile boolean closed;

  WatchStream(
      HttpClient http,
      HttpRequest request,
      WatchHandler handler,
      BiFunction<Integer, byte[], StatusException> failure) {
    this.http = http;
    this.request = request;
    this.handler = handler;
    this.failure = failure;
    this.thread = Thread.ofVirtual().name("watch " + request.uri().getPath()).unstarted(this::run);
  }

  WatchStream start() {
    thread.start();
    return this;
  }

  private void run() {
    StatusException cause = null;
    try {
      HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
      body = response.body();
      try (InputStream in = new BufferedInputStream(body, 1 << 15)) {
        if (response.statusCode() >= 300) {
          throw failure.apply(response.statusCode(), in.readAllBytes());
        }
        read(in);
      }
    } catch (StatusException e) {
      cause = e;
    } catch (IOException | InterruptedException | JacksonException e) {
      cause =
          new StatusException(
              StatusReason.SERVICE_UNAVAILABLE,
              "the watch broke off: " + e,
              StatusException.Details.NONE);
    }
    if (!closed) {
      handler.onClose(cause);
    }
  }

  private void read(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(4096);
    int b;
    while (!closed && (b = in.read()) >= 0) {
      if (b != '\n') {
        line.write(b);
        continue;
      }
      if (line.size() > 0) {
        event(line.toByteArray());
        line.reset();
      }
    }
  }

  private void event(byte[] json) {
    JsonNode event = Json.parseObject(json);
    String type = event.path("type").asString("");
    JsonNode object = event.path("object");
    if (type.equals("ERROR")) {
      throw HttpsApiClient.failure(object);
    }
    handler.onEvent(type, KubeObject.of((ObjectNode) object));
  }

  @Override
  public void close() {
    closed = true;
    InputStream open = body;
    if (open == null) {
      thread.interrupt();
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      // The stream is gone already.
    }
  }
}
