package dev.mokha.engine.registry;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.PullOptions.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Talks with one endpoint about one repository. Answers its challenges with the credentials, one
 * after another, and keeps what was accepted (distribution spec and Docker's token specification).
 */
final class RegistrySession {
  private static final int MAX_REDIRECTS = 5;
  private static final int MAX_TOKEN_BYTES = 1 << 20;
  private static final int READ = 1 << 14;
  private static final int PAUSES = 75;

  /** A registry that is busy is waited for so often, and no longer than that each time. */
  private static final int MAX_WAITS = 3;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
  private static final String AUTHORIZATION = "Authorization";

  /** Of requests that send nothing. */
  static final Supplier<BodyPublisher> NO_BODY = BodyPublishers::noBody;

  private final Clients clients;
  private final Endpoint endpoint;
  private final String repository;
  private final List<Credentials> credentials;
  private final Duration patience;
  private final AtomicLong moves = new AtomicLong();
  private volatile String authorization = "";

  /**
   * A session.
   *
   * @param credentials for this endpoint, the best first
   * @param patience how long an answer may take to begin
   */
  RegistrySession(
      Clients clients,
      Endpoint endpoint,
      String repository,
      List<Credentials> credentials,
      Duration patience) {
    this.clients = clients;
    this.endpoint = endpoint;
    this.repository = repository;
    this.credentials = credentials;
    this.patience = patience;
  }

  /**
   * Gets something.
   *
   * @param kind {@code manifests} or {@code blobs}
   * @param name a tag or digest
   * @return an answer of status 200 or 206; its body must be closed
   * @throws EngineException by what other statuses mean
   */
  HttpResponse<InputStream> get(String kind, String name, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        exchange("GET", endpoint.resource(repository, kind, name), headers, NO_BODY);
    int status = response.statusCode();
    if (status == 200 || status == 206) {
      return response;
    }
    throw refusal(response, name);
  }

  /**
   * Sends a request, and again with credentials when they are asked for.
   *
   * @param body makes it anew for each try
   * @return an answer of any status but redirections; its body must be closed
   */
  HttpResponse<InputStream> exchange(
      String method, URI uri, Map<String, String> headers, Supplier<BodyPublisher> body)
      throws IOException, InterruptedException {
    Call call = new Call(method, uri, headers, body);
    try {
      for (int waited = 0; ; waited++) {
        HttpResponse<InputStream> response = send(call, authorization);
        if (response.statusCode() == 401) {
          response.body().close();
          response = authorize(call, response);
        }
        Optional<Duration> wait = waited < MAX_WAITS ? waitAsked(response) : Optional.empty();
        if (wait.isEmpty()) {
          return response;
        }
        response.body().close();
        Thread.sleep(wait.get());
      }
    } catch (IllegalArgumentException e) {
      // A redirect, token or address that no request can be made of.
      throw new EngineException(
          EngineException.Code.UNAVAILABLE,
          "Registry " + endpoint + " answers what can't be used: " + e.getMessage(),
          e);
    }
  }

  /** How long a registry that is busy asks to wait (RFC 9110, section 10.2.3), if that is short. */
  private static Optional<Duration> waitAsked(HttpResponse<InputStream> response) {
    int status = response.statusCode();
    if (status != 429 && status != 503) {
      return Optional.empty();
    }
    return retryAfter(response).filter(wait -> wait.compareTo(LONGEST_WAIT) <= 0);
  }

  private static Optional<Duration> retryAfter(HttpResponse<InputStream> response) {
    String text = response.headers().firstValue("Retry-After").orElse("").strip();
    return text.matches("\\d{1,6}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty(); // dates are for the user to read
  }

  /**
   * Reads the body of an answer that is one document, and closes it.
   *
   * @param most this many bytes are read at most
   * @throws IOException also when nothing comes for as long as an answer may take
   */
  byte[] read(HttpResponse<InputStream> response, int most) throws IOException {
    try (InputStream body = response.body();
        Silence silence = Silence.watch(body, patience)) {
      byte[] all = new byte[Math.min(most, READ)];
      int length = 0;
      while (length < most) {
        if (length == all.length) {
          all = Arrays.copyOf(all, Math.min(most, 2 * all.length));
        }
        int n;
        try {
          n = body.read(all, length, all.length - length);
        } catch (IOException e) {
          throw silence.isCut() ? silence.failure() : e;
        }
        if (n < 0) {
          if (silence.isCut()) {
            throw silence.failure();
          }
          break;
        }
        silence.heard();
        length += n;
      }
      return Arrays.copyOf(all, length);
    }
  }

  /**
   * Waits before something is tried again, each time twice as long; with 30 s of patience, 0.4 s.
   */
  void pause(int tried) throws InterruptedException {
    Thread.sleep(patience.dividedBy(PAUSES).multipliedBy(1L << tried));
  }

  /** How long it may say nothing. */
  Duration patience() {
    return patience;
  }

  /** What an answer that is no success means; its body is read and closed. */
  EngineException refusal(HttpResponse<InputStream> response, String name) throws IOException {
    int status = response.statusCode();
    String said;
    try {
      said = firstError(read(response, MAX_TOKEN_BYTES));
    } catch (IOException e) {
      said = ""; // the status says enough
    }
    if (status == 429 || status == 503) {
      said += retryAfter(response).map(w -> "; it asks to wait " + w.toSeconds() + " s").orElse("");
    }
    return new EngineException(
        code(status), "Registry " + endpoint + " answers " + status + meaning(status, name) + said);
  }

  /** To be called for each piece of a body that is taken: who says so is not silent. */
  void moved() {
    moves.incrementAndGet();
  }

  /** Where requests go. */
  interface Clients {
    /** The client to use for the next request. */
    HttpClient now();

    /**
     * A client was answered what is not HTTP, or too much of it: it does not close such a
     * connection, whatever is done.
     */
    void giveUp(HttpClient client);
  }

  /** Waits for an answer as long as what is sent moves on. */
  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    HttpClient client = clients.now();
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
    try {
      while (true) {
        long before = moves.get();
        try {
          return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (moves.get() == before) {
            throw new HttpTimeoutException("no answer for " + patience.toSeconds() + " s");
          }
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException network) {
        if (network instanceof ProtocolException) {
          clients.giveUp(client);
        }
        throw network;
      }
      throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  /** The endpoint it talks with. */
  Endpoint endpoint() {
    return endpoint;
  }

  /** The repository it talks about. */
  String repository() {
    return repository;
  }

  private record Call(
      String method, URI uri, Map<String, String> headers, Supplier<BodyPublisher> body) {}

  private static EngineException.Code code(int status) {
    return switch (status) {
      case 401, 403 -> EngineException.Code.UNAUTHORIZED;
      case 404, 410 -> EngineException.Code.NOT_FOUND;
      case 416 -> EngineException.Code.CORRUPT;
      default -> EngineException.Code.UNAVAILABLE;
    };
  }

  private String meaning(int status, String name) {
    return switch (status) {
      case 401, 403 ->
          " for "
              + repository
              + (credentials.isEmpty() ? ": log in first" : ": it refuses the credentials");
      case 404, 410 -> ": there is no " + name + " in " + repository;
      case 429 -> ": too many requests; wait, log in, or set up a mirror";
      default -> " for " + repository;
    };
  }

  private static String firstError(byte[] body) {
    try {
      JsonNode message = JsonMapper.shared().readTree(body).path("errors").path(0).path("message");
      return message.isString() ? " (" + message.asString() + ")" : "";
    } catch (JacksonException notJson) {
      return "";
    }
  }

  private HttpResponse<InputStream> authorize(Call call, HttpResponse<InputStream> refused)
      throws IOException, InterruptedException {
    List<Challenge> challenges = Challenge.parse(refused.headers().allValues("WWW-Authenticate"));
    HttpResponse<InputStream> response = refused;
    for (Credentials candidate : withAnonymous()) {
      String answer = answer(challenges, candidate);
      if (answer.isEmpty()) {
        continue;
      }
      response.body().close(); // of the one refused last: whoever gets the last answer reads it
      response = send(call, answer);
      if (response.statusCode() != 401 && response.statusCode() != 403) {
        authorization = answer;
        return response;
      }
    }
    if (response == refused) {
      throw new EngineException(
          EngineException.Code.UNAUTHORIZED,
          "Registry " + endpoint + " wants credentials for " + repository + "; log in first");
    }
    return response;
  }

  /** Anonymous is a user too: registries hand tokens for public images to it. */
  private List<Credentials> withAnonymous() {
    return credentials.isEmpty() ? List.of(new Credentials("", "", "")) : credentials;
  }

  private String answer(List<Challenge> challenges, Credentials candidate)
      throws IOException, InterruptedException {
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer")) {
        String token = token(challenge, candidate);
        if (!token.isEmpty()) {
          return "Bearer " + token;
        }
      } else if (challenge.scheme().equals("basic") && !candidate.username().isEmpty()) {
        return basic(candidate);
      }
    }
    return "";
  }

  private static String basic(Credentials candidate) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(
                (candidate.username() + ":" + candidate.password())
                    .getBytes(StandardCharsets.UTF_8));
  }

  private String token(Challenge challenge, Credentials candidate)
      throws IOException, InterruptedException {
    URI realm;
    try {
      realm = URI.create(challenge.get("realm"));
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "Registry " + endpoint + " names no token server", e);
    }
    boolean secret = !candidate.username().isEmpty() || !candidate.identityToken().isEmpty();
    if (!"https".equals(realm.getScheme()) && !endpoint.plain() && secret) {
      throw new EngineException(
          EngineException.Code.UNAUTHORIZED,
          "Registry " + endpoint + " wants the credentials sent in the clear; they are kept back");
    }
    String scope = challenge.get("scope");
    String query =
        "service="
            + encode(challenge.get("service"))
            + "&scope="
            + encode(
                scope.isEmpty() && !repository.isEmpty()
                    ? "repository:" + repository + ":pull"
                    : scope);
    HttpRequest.Builder request = HttpRequest.newBuilder().timeout(patience);
    if (candidate.identityToken().isEmpty()) {
      String separator = realm.getQuery() == null ? "?" : "&";
      request.uri(URI.create(realm + separator + query)).GET();
      if (secret) {
        request.header(AUTHORIZATION, basic(candidate));
      }
    } else {
      String form =
          query
              + "&grant_type=refresh_token&client_id=mokha&refresh_token="
              + encode(candidate.identityToken());
      request
          .uri(realm)
          .header("Content-Type", "application/x-www-form-urlencoded")
          .POST(BodyPublishers.ofString(form));
    }
    HttpResponse<InputStream> response = send(request.build());
    try {
      byte[] bytes = read(response, MAX_TOKEN_BYTES);
      if (response.statusCode() == 401 || response.statusCode() == 403) {
        return "";
      }
      if (response.statusCode() != 200) {
        throw new EngineException(
            EngineException.Code.UNAVAILABLE,
            "Token server " + realm.getAuthority() + " answers " + response.statusCode());
      }
      JsonNode node = JsonMapper.shared().readTree(bytes);
      return node.path("token").asString(node.path("access_token").asString(""));
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.UNAVAILABLE,
          "Token server " + realm.getAuthority() + " answers nonsense",
          e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private HttpResponse<InputStream> send(Call call, String authorize)
      throws IOException, InterruptedException {
    URI current = call.uri();
    for (int i = 0; i <= MAX_REDIRECTS; i++) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(current).method(call.method(), call.body().get());
      call.headers().forEach(request::header);
      // Where blobs are kept elsewhere, the other host must not see what is meant for this one.
      if (!authorize.isEmpty() && current.getAuthority().equals(call.uri().getAuthority())) {
        request.header(AUTHORIZATION, authorize);
      }
      HttpResponse<InputStream> response = send(request.build());
      int status = response.statusCode();
      boolean redirect =
          status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
      String location = response.headers().firstValue("Location").orElse("");
      if (!redirect || location.isEmpty()) {
        return response;
      }
      response.body().close();
      URI next = current.resolve(location);
      if ("https".equals(current.getScheme()) && !"https".equals(next.getScheme())) {
        throw new EngineException(
            EngineException.Code.UNAVAILABLE,
            "Registry " + endpoint + " redirects to an unprotected address; it is not followed");
      }
      current = next;
    }
    throw new EngineException(
        EngineException.Code.UNAVAILABLE, "Registry " + endpoint + " redirects without end");
  }

  @Override
  public String toString() {
    return endpoint.toString();
  }
}
