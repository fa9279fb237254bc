package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.metrics.RegistryMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One upstream: asks it, logs in as it wants (Docker's token authentication, or Basic), follows its
 * redirects, and remembers when it is not worth asking. Its methods block; for virtual threads.
 */
final class Upstream {
  private static final int MOST_REDIRECTS = 5;
  private static final int MOST_TOKEN_BYTES = 1 << 20;
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(2);
  private static final Pattern PARAMETER = Pattern.compile("([a-zA-Z_]+)=\"([^\"]*)\"");

  private final HttpClient http;
  private final MirrorConfig.Source source;
  private final Duration patience;
  private final InstantSource clock;
  private final RegistryMetrics metrics;
  private final Map<String, String> authorizations = new ConcurrentHashMap<>();
  private Duration backOff = Duration.ZERO;
  private Instant deadUntil = Instant.MIN;

  Upstream(
      HttpClient http,
      MirrorConfig.Source source,
      Duration patience,
      InstantSource clock,
      RegistryMetrics metrics) {
    this.metrics = requireNonNull(metrics);
    this.http = requireNonNull(http);
    this.source = requireNonNull(source);
    this.patience = requireNonNull(patience);
    this.clock = requireNonNull(clock);
  }

  /** Whether it is worth asking. */
  synchronized boolean isAlive() {
    return !clock.instant().isBefore(deadUntil);
  }

  /** It failed: it is left alone, each time twice as long. */
  synchronized void failed() {
    metrics.upstreamFailed();
    backOff =
        backOff.isZero()
            ? FIRST_BACK_OFF
            : backOff.multipliedBy(2).compareTo(LONGEST_BACK_OFF) > 0
                ? LONGEST_BACK_OFF
                : backOff.multipliedBy(2);
    deadUntil = clock.instant().plus(backOff);
  }

  private synchronized void answered() {
    backOff = Duration.ZERO;
    deadUntil = Instant.MIN;
  }

  /**
   * Asks for something of a repository.
   *
   * @param path below the repository, such as {@code manifests/latest}
   * @return an answer of status 200 or 206, whose body must be closed
   * @throws UpstreamException when it gives none
   */
  HttpResponse<InputStream> ask(
      String method, String repository, String path, Map<String, String> headers)
      throws UpstreamException, InterruptedException {
    URI uri;
    try {
      uri = URI.create(source.base() + "/v2/" + repository + "/" + path);
    } catch (IllegalArgumentException e) {
      throw new UpstreamException(path + " can't be asked of a registry", true, e);
    }
    try {
      HttpResponse<InputStream> response =
          send(method, uri, headers, authorizations.getOrDefault(repository, ""));
      if (response.statusCode() == 401) {
        response.body().close();
        String answer =
            authorization(response.headers().firstValue("WWW-Authenticate").orElse(""), repository);
        response = send(method, uri, headers, answer);
        if (response.statusCode() < 400) {
          authorizations.put(repository, answer);
        } else {
          authorizations.remove(repository);
        }
      }
      int status = response.statusCode();
      if (status == 200 || status == 206) {
        answered();
        return response;
      }
      response.body().close();
      if (status == 404 || status == 410) {
        answered();
        throw new UpstreamException(this + " has no " + path + " in " + repository, true, null);
      }
      if (status == 401 || status == 403) {
        // It is well, and others may be let in; it is no reason to leave it alone.
        throw new UpstreamException(this + " refuses " + repository, false, null);
      }
      failed();
      throw new UpstreamException(
          this + " answers " + status + " for " + path + " of " + repository, false, null);
    } catch (UpstreamException e) {
      throw e;
    } catch (IOException e) {
      failed();
      throw new UpstreamException(
          this
              + " can't be reached ("
              + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage())
              + ")",
          false,
          e);
    }
  }

  private HttpResponse<InputStream> send(
      String method, URI uri, Map<String, String> headers, String authorization)
      throws IOException, InterruptedException {
    URI current = uri;
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(current)
              .timeout(patience)
              .method(method, HttpRequest.BodyPublishers.noBody());
      headers.forEach(request::header);
      // Another host must not see what is meant for this one.
      if (!authorization.isEmpty() && current.getAuthority().equals(uri.getAuthority())) {
        request.header("Authorization", authorization);
      }
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      String location = response.headers().firstValue("Location").orElse("");
      int status = response.statusCode();
      boolean redirects =
          status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
      if (!redirects || location.isEmpty()) {
        return response;
      }
      response.body().close();
      URI next = current.resolve(location);
      if (!"https".equals(next.getScheme()) && "https".equals(current.getScheme())) {
        throw new IOException("it redirects to an unprotected address");
      }
      current = next;
    }
    throw new IOException("it redirects without end");
  }

  private String authorization(String challenge, String repository)
      throws IOException, InterruptedException {
    Optional<String> basic =
        source
            .login()
            .map(
                login ->
                    "Basic "
                        + Base64.getEncoder()
                            .encodeToString(
                                (login.username() + ":" + login.password())
                                    .getBytes(StandardCharsets.UTF_8)));
    if (!challenge.regionMatches(true, 0, "Bearer ", 0, "Bearer ".length())) {
      return basic.orElse("");
    }
    String realm = "";
    String service = "";
    Matcher matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      if (matcher.group(1).equals("realm")) {
        realm = matcher.group(2);
      } else if (matcher.group(1).equals("service")) {
        service = matcher.group(2);
      }
    }
    URI at;
    try {
      at =
          URI.create(
              realm
                  + (realm.indexOf('?') < 0 ? "?" : "&")
                  + "service="
                  + URLEncoder.encode(service, StandardCharsets.UTF_8)
                  + "&scope="
                  + URLEncoder.encode(
                      "repository:" + repository + ":pull", StandardCharsets.UTF_8));
      HttpRequest.Builder request = HttpRequest.newBuilder(at).timeout(patience).GET();
      boolean wouldLeak =
          !"https".equals(at.getScheme()) && "https".equals(source.base().getScheme());
      if (!wouldLeak) {
        basic.ifPresent(b -> request.header("Authorization", b));
      }
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] bytes = body.readNBytes(MOST_TOKEN_BYTES);
        if (response.statusCode() != 200) {
          return "";
        }
        JsonNode answer = Json.MAPPER.readTree(bytes);
        String token = answer.path("token").asString(answer.path("access_token").asString(""));
        return token.isEmpty() ? "" : "Bearer " + token;
      }
    } catch (IllegalArgumentException | JacksonException e) {
      throw new IOException("its token server is misconfigured", e);
    }
  }

  @Override
  public String toString() {
    return source.base().toString();
  }
}
