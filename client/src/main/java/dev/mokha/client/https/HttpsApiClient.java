package dev.mokha.client.https;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API over HTTPS, in JSON, over one HTTP/2 connection where the server speaks it. */
public final class HttpsApiClient implements ApiClient {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

  private final Endpoint endpoint;
  private final String fieldManager;
  private final HttpClient http;

  /**
   * A client.
   *
   * @param endpoint where, and as whom
   * @param fieldManager who its writes are attributed to; empty for the server's guess
   */
  public HttpsApiClient(Endpoint endpoint, String fieldManager) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
    this.fieldManager = requireNonNull(fieldManager, "fieldManager");
    this.http =
        HttpClient.newBuilder()
            .sslContext(endpoint.tls())
            .connectTimeout(Duration.ofSeconds(10))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  @Override
  public KubeObject get(
      GroupVersionResource resource, String namespace, String name, String subresource) {
    return one("GET", ApiPath.of(resource, namespace, name, subresource), null, "");
  }

  @Override
  public ObjectList list(GroupVersionResource resource, String namespace, ListOptions options) {
    ApiPath path = ApiPath.of(resource, namespace, "", "").select(options).page(options);
    JsonNode list = Json.parseObject(send("GET", path, null, ""));
    JsonNode meta = list.path("metadata");
    String listKind = list.path("kind").asString("");
    List<KubeObject> items = new ArrayList<>();
    for (JsonNode item : list.path("items")) {
      ObjectNode object = (ObjectNode) item;
      // Items of a typed list come without their type (API conventions, "Lists").
      if (!object.has("kind") && listKind.endsWith("List")) {
        object.put("kind", listKind.substring(0, listKind.length() - 4));
        object.put("apiVersion", resource.groupVersion());
      }
      items.add(KubeObject.of(object));
    }
    return new ObjectList(
        meta.path("resourceVersion").asString(""), meta.path("continue").asString(""), items);
  }

  @Override
  public KubeObject create(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      KubeObject object) {
    ApiPath path = ApiPath.of(resource, namespace, name, subresource);
    return one("POST", path.manager(fieldManager), object.json(), "application/json");
  }

  @Override
  public KubeObject update(
      GroupVersionResource resource, String namespace, String subresource, KubeObject object) {
    ApiPath path = ApiPath.of(resource, namespace, object.name(), subresource);
    return one("PUT", path.manager(fieldManager), object.json(), "application/json");
  }

  @Override
  public KubeObject patch(
      GroupVersionResource resource,
      String namespace,
      String name,
      String subresource,
      PatchType type,
      byte[] patch,
      boolean force) {
    ApiPath path = ApiPath.of(resource, namespace, name, subresource).manager(fieldManager);
    if (force) {
      path = path.with("force", "true");
    }
    return one("PATCH", path, patch, type.mediaType());
  }

  @Override
  public KubeObject delete(
      GroupVersionResource resource, String namespace, String name, DeleteOptions options) {
    ApiPath path = ApiPath.of(resource, namespace, name, "");
    return one("DELETE", path, Json.bytes(options.toTree()), "application/json");
  }

  @Override
  public void deleteCollection(
      GroupVersionResource resource, String namespace, ListOptions select, DeleteOptions options) {
    ApiPath path = ApiPath.of(resource, namespace, "", "").select(select);
    send("DELETE", path, Json.bytes(options.toTree()), "application/json");
  }

  @Override
  public Watch watch(
      GroupVersionResource resource, String namespace, ListOptions options, WatchHandler handler) {
    ApiPath path = ApiPath.of(resource, namespace, "", "").select(options).watch(options);
    HttpRequest request = request("GET", path, null, "").build();
    return new WatchStream(http, request, handler, HttpsApiClient::failure).start();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private KubeObject one(String method, ApiPath path, byte[] body, String type) {
    return KubeObject.parse(send(method, path, body, type));
  }

  private byte[] send(String method, ApiPath path, byte[] body, String type) {
    HttpRequest request = request(method, path, body, type).timeout(REQUEST_TIMEOUT).build();
    try {
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() >= 300) {
        throw failure(response.statusCode(), response.body());
      }
      return response.body();
    } catch (IOException e) {
      throw unreachable(endpoint, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(endpoint, e);
    }
  }

  private HttpRequest.Builder request(String method, ApiPath path, byte[] body, String type) {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.server().resolve(path.toString()))
            .method(method, publisher)
            .header("Accept", "application/json")
            .header("User-Agent", "mokha/" + (fieldManager.isEmpty() ? "client" : fieldManager));
    if (body != null) {
      request.header("Content-Type", type);
    }
    String token = endpoint.token().get();
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private static StatusException unreachable(Endpoint endpoint, Exception cause) {
    StatusException e =
        new StatusException(
            StatusReason.SERVICE_UNAVAILABLE,
            "the API server at " + endpoint.server() + " can't be reached: " + cause,
            StatusException.Details.NONE);
    e.initCause(cause);
    return e;
  }

  /** The failure that an answer of 300 or more stands for. */
  static StatusException failure(int code, byte[] body) {
    try {
      JsonNode status = Json.MAPPER.readTree(body);
      if (status.path("kind").asString("").equals("Status")) {
        return failure(status);
      }
    } catch (JacksonException e) {
      // No Status: an answer of something that is not an API server, or a proxy.
    }
    StatusReason reason = StatusReason.INTERNAL_ERROR;
    for (StatusReason r : StatusReason.values()) {
      if (r.code() == code) {
        reason = r;
        break;
      }
    }
    return new StatusException(
        reason, code, "the server answered " + code, StatusException.Details.NONE);
  }

  /** The failure that a Status object says. */
  static StatusException failure(JsonNode status) {
    JsonNode d = status.path("details");
    List<StatusCause> causes = new ArrayList<>();
    for (JsonNode cause : d.path("causes")) {
      causes.add(
          new StatusCause(
              cause.path("reason").asString(""),
              cause.path("message").asString(""),
              cause.path("field").asString("")));
    }
    return new StatusException(
        StatusReason.of(status.path("reason").asString("")),
        status.path("code").asInt(500),
        status.path("message").asString(""),
        new StatusException.Details(
            d.path("group").asString(""),
            d.path("kind").asString(""),
            d.path("name").asString(""),
            d.path("uid").asString(""),
            causes,
            d.path("retryAfterSeconds").asInt(0)));
  }
}
