package dev.mokha.docker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to one request. Exactly one of its methods that answer is called; without any, the
 * answer is 200 with no body.
 */
public final class Response {
  private static final byte[] NEW_LINE = {'\n'};

  private final HttpConnection connection;
  private final Request request;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private boolean begun;
  private boolean taken;
  private ChunkedOutput stream;

  Response(HttpConnection connection, Request request) {
    this.connection = connection;
    this.request = request;
  }

  /** Adds a header to the answer. */
  public void header(String name, String value) {
    headers.put(name, value);
  }

  /** Answers with a status alone, such as 204. */
  public void status(int status) throws IOException {
    begin();
    connection.sendWhole(status, headers, new byte[0], request.method().equals("HEAD"));
  }

  /** Answers 200 with JSON: a tree, a record, a map or a list. */
  public void json(Object tree) throws IOException {
    json(200, tree);
  }

  /** Answers with a status and JSON. */
  public void json(int status, Object tree) throws IOException {
    byte[] text = Json.MAPPER.writeValueAsBytes(tree);
    byte[] line = java.util.Arrays.copyOf(text, text.length + 1);
    System.arraycopy(NEW_LINE, 0, line, text.length, 1); // as Go's encoder ends each value
    bytes(status, "application/json", line);
  }

  /** Answers with text. */
  public void text(int status, String text) throws IOException {
    bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /** Answers with bytes. */
  public void bytes(int status, String contentType, byte[] content) throws IOException {
    begin();
    headers.put("Content-Type", contentType);
    connection.sendWhole(status, headers, content, request.method().equals("HEAD"));
  }

  /**
   * Answers 200 with a stream. The head is sent with the first flush, or when much was written;
   * until then an exception of the handler still becomes a proper error.
   */
  public OutputStream stream(String contentType) {
    begin();
    headers.put("Content-Type", contentType);
    stream = new ChunkedOutput(connection, headers);
    return stream;
  }

  /** Answers 200 with all of another stream. */
  public void stream(String contentType, InputStream from) throws IOException {
    OutputStream out = stream(contentType);
    from.transferTo(out);
    out.close();
  }

  /** Answers 200 with a stream of JSON objects, each sent at once. */
  public JsonLines lines() {
    return new JsonLines(stream("application/json"));
  }

  /**
   * Takes the connection over: 101 where the client asked for an upgrade, else 200, and from then
   * on plain bytes. The connection ends with the handler.
   */
  public Duplex hijack(String contentType) throws IOException {
    begin();
    taken = true;
    return connection.hijack(contentType, request.wantsUpgrade());
  }

  /**
   * Takes the connection over for another protocol: 101, and from then on plain bytes. The
   * connection ends with the handler.
   *
   * @param protocol as the client's header {@code Upgrade} names it
   */
  public Duplex upgrade(String protocol) throws IOException {
    begin();
    taken = true;
    return connection.upgrade(protocol);
  }

  /**
   * Takes the connection over as a WebSocket (RFC 6455): bytes out are binary messages, the
   * messages that come, of either kind, are bytes.
   */
  public Duplex webSocket() throws IOException {
    begin();
    taken = true;
    return connection.webSocket(request);
  }

  private void begin() {
    if (begun) {
      throw new IllegalStateException("This request has its answer already");
    }
    begun = true;
  }

  // --- for the router ---

  /** Whether an error can still be told properly. */
  boolean open() {
    return !taken && (!begun || (stream != null && !stream.headSent()));
  }

  boolean begun() {
    return begun;
  }

  boolean taken() {
    return taken;
  }

  /** Ends a stream whose handler did not. */
  void finish() throws IOException {
    if (stream != null) {
      stream.close();
    } else if (!begun) {
      status(200);
    }
  }

  /** Forgets what was begun, and tells of a failure. */
  void fail(int status, String message) throws IOException {
    begun = false;
    stream = null;
    headers.clear();
    json(status, Json.object().put("message", message));
  }
}
