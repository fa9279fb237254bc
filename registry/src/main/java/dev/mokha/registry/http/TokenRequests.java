package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.access.Presented;
import dev.mokha.registry.access.Scope;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The token endpoint: GET with HTTP Basic (Docker's token authentication) and POST with a form
 * (OAuth 2, grants {@code password} and {@code refresh_token}; the latter takes a token of the
 * cluster).
 */
final class TokenRequests {
  private static final int MOST_FORM_BYTES = 64 << 10;

  private final AccessControl access;

  TokenRequests(AccessControl access) {
    this.access = requireNonNull(access);
  }

  void handle(Exchange exchange) throws IOException, InterruptedException {
    switch (exchange.method().name()) {
      case "GET" -> get(exchange);
      case "POST" -> post(exchange);
      default -> throw RegistryServer.notAllowed(exchange, "GET, POST");
    }
  }

  private void get(Exchange exchange) {
    AccessControl.Issued issued =
        access.issue(exchange.presented(), Scope.parseAll(exchange.parameters("scope")));
    ObjectNode answer = Json.MAPPER.createObjectNode();
    answer
        .put("token", issued.token())
        .put("access_token", issued.token())
        .put("expires_in", issued.seconds())
        .put("issued_at", issued.issuedAt());
    exchange.header("Cache-Control", "no-store").reply(200, answer);
  }

  private void post(Exchange exchange) throws IOException, InterruptedException {
    String body = new String(exchange.body().all(MOST_FORM_BYTES), StandardCharsets.UTF_8);
    Map<String, List<String>> form = new QueryStringDecoder(body, false).parameters();
    String secret =
        switch (first(form, "grant_type")) {
          case "password" -> first(form, "password");
          case "refresh_token" -> first(form, "refresh_token");
          default ->
              throw new RegistryException(
                  ErrorCode.UNSUPPORTED,
                  400,
                  "grant_type must be password or refresh_token",
                  List.of(),
                  null);
        };
    String user = first(form, "username").isEmpty() ? "token" : first(form, "username");
    Presented presented =
        new Presented(
            "Basic "
                + Base64.getEncoder()
                    .encodeToString(
                        (user.replace(":", "") + ":" + secret).getBytes(StandardCharsets.UTF_8)),
            exchange.presented().certificate());
    List<Scope> scopes = Scope.parseAll(new ArrayList<>(form.getOrDefault("scope", List.of())));
    AccessControl.Issued issued = access.issue(presented, scopes);
    ObjectNode answer = Json.MAPPER.createObjectNode();
    answer
        .put("access_token", issued.token())
        .put("token_type", "Bearer")
        .put("expires_in", issued.seconds())
        .put("issued_at", issued.issuedAt())
        .put("scope", String.join(" ", issued.granted().stream().map(Scope::toString).toList()));
    exchange.header("Cache-Control", "no-store").reply(200, answer);
  }

  private static String first(Map<String, List<String>> form, String name) {
    return form.getOrDefault(name, List.of("")).getFirst();
  }
}
