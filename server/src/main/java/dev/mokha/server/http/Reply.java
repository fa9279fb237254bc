package dev.mokha.server.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * An answer as it goes over the wire.
 *
 * @param code HTTP status
 * @param contentType media type
 * @param body what it carries
 * @param headers more headers
 * @param warnings for {@code Warning} headers
 */
record Reply(
    int code, String contentType, Body body, Map<String, String> headers, List<String> warnings) {

  static Reply of(int code, String contentType, byte[] body) {
    return new Reply(code, contentType, new Body.Bytes(body), Map.of(), List.of());
  }

  static Reply text(int code, String text) {
    return of(code, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  static Reply json(int code, byte[] body) {
    return of(code, "application/json", body);
  }

  Reply with(List<String> more) {
    return more.isEmpty() ? this : new Reply(code, contentType, body, headers, List.copyOf(more));
  }

  Reply with(String header, String value) {
    return new Reply(code, contentType, body, Map.of(header, value), warnings);
  }
}
