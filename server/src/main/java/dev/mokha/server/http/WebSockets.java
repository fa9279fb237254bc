package dev.mokha.server.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What WebSocket clients say in the list of subprotocols (RFC 6455 section 1.9). Browsers can't set
 * headers, so a bearer token may stand there, as {@code base64url.bearer.authorization.k8s.io.} and
 * the token in base64url without padding, next to at least one real subprotocol.
 */
final class WebSockets {
  private static final String HEADER = "Sec-WebSocket-Protocol";
  private static final String BEARER = "base64url.bearer.authorization.k8s.io.";

  private WebSockets() {}

  /** True when the client wants to go on with WebSocket. */
  static boolean isWanted(HttpServerRequest request) {
    return request.version() == HttpVersion.HTTP_1_1
        && "websocket".equalsIgnoreCase(request.getHeader("Upgrade"))
        && request.headers().contains("Sec-WebSocket-Key");
  }

  /**
   * Takes the token out of the list, so that nobody further on sees it.
   *
   * @return empty when there is none, or when it stands alone
   */
  static String takeToken(HttpServerRequest request) {
    String offered = request.getHeader(HEADER);
    if (offered == null || !offered.contains(BEARER) || !isWanted(request)) {
      return "";
    }
    String token = "";
    List<String> others = new ArrayList<>();
    for (String all : request.headers().getAll(HEADER)) {
      for (String protocol : all.split(",")) {
        String one = protocol.trim();
        if (one.startsWith(BEARER)) {
          token = one.substring(BEARER.length());
        } else if (!one.isEmpty()) {
          others.add(one);
        }
      }
    }
    if (others.isEmpty()) {
      return "";
    }
    request.headers().set(HEADER, String.join(", ", others));
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
