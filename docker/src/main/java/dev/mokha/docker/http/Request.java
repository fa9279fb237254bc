package dev.mokha.docker.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A request: what was asked, by whom, in which version of the API. */
public final class Request {
  /** More than any configuration is long. */
  private static final int MAX_JSON = 16 << 20;

  private final HttpConnection connection;
  private final Caller caller;
  private final String method;
  private final String path;
  private final HttpHeaders headers;
  private final Map<String, List<String>> query;
  private final InputStream body;
  private ApiVersion version = ApiVersion.NEWEST;
  private Map<String, String> parameters = Map.of();
  private Access access = Access.ROOT_ONLY;
  private ObjectNode json;
  private Object target;

  Request(
      HttpConnection connection,
      Caller caller,
      String method,
      String uri,
      HttpHeaders headers,
      InputStream body) {
    this.connection = connection;
    this.caller = caller;
    this.method = method;
    this.headers = headers;
    this.body = body;
    QueryStringDecoder decoder = new QueryStringDecoder(origin(uri));
    this.path = decoder.path();
    this.query = decoder.parameters();
  }

  /** What of a URI that names a host too, as a proxy gets it (RFC 9112, 3.2.2), is ours. */
  private static String origin(String uri) {
    int scheme = uri.indexOf("://");
    if (scheme <= 0 || uri.startsWith("/")) {
      return uri;
    }
    int path = uri.indexOf('/', scheme + 3);
    return path < 0 ? "/" : uri.substring(path);
  }

  void route(ApiVersion apiVersion, Map<String, String> pathParameters, Access rights) {
    this.version = apiVersion;
    this.parameters = pathParameters;
    this.access = rights;
  }

  /** {@code GET} and so on. */
  public String method() {
    return method;
  }

  /** The whole path, decoded, with the version if it had one. */
  public String path() {
    return path;
  }

  /** A parameter of the route's path. */
  public String path(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException("The route has no {" + name + "}");
    }
    return value;
  }

  /** Who asks. */
  public Caller caller() {
    return caller;
  }

  /**
   * Keeps what the route's describer found, for the handler. What was asked about is what is acted
   * on: found again by its name, it might be another thing by then.
   */
  public void settle(Object found) {
    target = found;
  }

  /**
   * What the describer found.
   *
   * @throws IllegalStateException when it found nothing of that kind: the route's describer is not
   *     the one its handler needs
   */
  public <T> T settled(Class<T> kind) {
    if (!kind.isInstance(target)) {
      throw new IllegalStateException(method + " " + path + " was not described by what it is on");
    }
    return kind.cast(target);
  }

  /** What to say when what the request is about has gone; empty when it is there, or unknown. */
  Optional<DockerException> subjectGone() {
    return target instanceof Subject subject ? subject.gone() : Optional.empty();
  }

  /** Whether the caller may do something more: lists show what their caller may see. */
  public boolean may(Action action) {
    return access.decide(caller, action).allowed();
  }

  /**
   * Goes on only if the caller may do something more.
   *
   * @throws DockerException 403 with the reason
   */
  public void require(Action action) {
    Access.Decision decision = access.decide(caller, action);
    if (!decision.allowed()) {
      throw new DockerException(403, decision.reason());
    }
  }

  /** The namespace of what the caller makes when nothing says another. */
  public String defaultNamespace() {
    return access.namespaceOf(caller);
  }

  /** The API version of the path. */
  public ApiVersion version() {
    return version;
  }

  /** A header; empty when there is none. */
  public String header(String name) {
    String value = headers.get(name);
    return value == null ? "" : value;
  }

  /** All values of a header. */
  public List<String> headers(String name) {
    return headers.getAll(name);
  }

  // --- the query ---

  /** Whether the query has a parameter at all. */
  public boolean has(String name) {
    return query.containsKey(name);
  }

  /** The first value of a parameter; empty when there is none. */
  public String query(String name) {
    List<String> values = query.get(name);
    return values == null || values.isEmpty() ? "" : values.get(0);
  }

  /** All values of a parameter. */
  public List<String> queries(String name) {
    return query.getOrDefault(name, List.of());
  }

  /** A parameter that is on or off, as Docker reads it: off for empty, 0, no, false and none. */
  public boolean bool(String name) {
    return bool(name, false);
  }

  /** The same with a default. */
  public boolean bool(String name, boolean otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    return switch (query(name).strip().toLowerCase(Locale.ROOT)) {
      case "", "0", "no", "false", "none" -> false;
      default -> true;
    };
  }

  /**
   * A whole number, if it is given.
   *
   * @throws DockerException 400 when it is none, in Go's words
   */
  public OptionalInt integer(String name) {
    String value = query(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw DockerException.invalid("strconv.Atoi: parsing \"" + value + "\": invalid syntax");
    }
  }

  /** The parameter {@code filters}. */
  public Filters filters() {
    return Filters.parse(query("filters"));
  }

  // --- the body ---

  /** The body as it comes; sends {@code 100 Continue} first where the client waits for that. */
  public InputStream body() {
    return body;
  }

  /**
   * The body as a JSON object; an empty one when there is no body. May be called again.
   *
   * @throws DockerException 400 when it is none
   */
  public ObjectNode json() throws IOException {
    if (json == null) {
      json = readJson();
    }
    return json;
  }

  private ObjectNode readJson() throws IOException {
    byte[] bytes = body.readNBytes(MAX_JSON + 1);
    if (bytes.length > MAX_JSON) {
      throw new DockerException(413, "request body is too large");
    }
    if (bytes.length == 0) {
      return Json.object();
    }
    String type = header("Content-Type");
    int semicolon = type.indexOf(';');
    String media = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
    if (!media.isEmpty() && !media.equalsIgnoreCase("application/json")) {
      throw DockerException.invalid(
          "unsupported Content-Type header (" + type + "): must be 'application/json'");
    }
    try {
      JsonNode tree = Json.MAPPER.readTree(bytes);
      if (tree.isNull()) {
        return Json.object();
      }
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw DockerException.invalid("invalid JSON: an object is wanted");
    } catch (JacksonException e) {
      throw DockerException.invalid("invalid JSON: " + e.getOriginalMessage());
    }
  }

  /** Whether the client asks to take the connection over ({@code Upgrade: tcp}). */
  boolean wantsUpgrade() {
    return !header("Upgrade").isEmpty();
  }

  HttpHeaders headers() {
    return headers;
  }

  /**
   * Completes when the client goes away before it has its answer. To be asked by handlers that wait
   * or stream for long, after they have read the body; never after {@link Response#hijack}.
   */
  public CompletableFuture<Void> gone() {
    return connection.gone();
  }
}
