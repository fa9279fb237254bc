package dev.mokha.docker.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: request after request, each answered before the next is read, until either side
 * ends it or a handler takes it over. All of it on one virtual thread.
 */
final class HttpConnection {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = {'0', '\r', '\n', '\r', '\n'};

  /** How much of a body nobody wanted is read to keep the connection. */
  private static final int DRAIN_BYTES = 1 << 18;

  /** How long and how much is still read after an answer that came before the request's end. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final long LINGER_BYTES = 64L << 20;

  private final Wire wire;
  private final Router router;
  private final Incoming incoming;
  private final RequestDecoder decoder = new RequestDecoder();
  private final byte[] buffer = new byte[1 << 16];
  private RequestBody body;
  private boolean lasting;
  private boolean chunked;

  HttpConnection(Wire wire, Router router) {
    this.wire = wire;
    this.router = router;
    this.incoming = new Incoming(wire);
  }

  /** Serves until the connection ends. */
  void serve() {
    try {
      while (serveOne()) {
        decoder.resume();
      }
    } catch (IOException e) {
      log.debug("A connection ended: {}", e.getMessage());
    } finally {
      if (body != null) {
        body.release();
      }
      decoder.close();
      wire.close();
    }
  }

  /**
   * Reads and answers one request.
   *
   * @return whether there may be another
   */
  private boolean serveOne() throws IOException {
    HttpObject part = nextPart();
    if (!(part instanceof HttpRequest head)) {
      return false;
    }
    if (head.decoderResult().isFailure()) {
      return refused();
    }
    chunked = head.protocolVersion().equals(HttpVersion.HTTP_1_1);
    lasting = chunked && HttpUtil.isKeepAlive(head);
    body = new RequestBody(this, HttpUtil.is100ContinueExpected(head));
    Request request;
    try {
      request =
          new Request(this, wire.caller(), head.method().name(), head.uri(), head.headers(), body);
    } catch (IllegalArgumentException e) { // a percent sign with no two digits behind it
      return refused();
    }
    Response response = new Response(this, request);
    boolean well = router.serve(request, response);
    if (response.taken()) {
      return false;
    }
    if (well && lasting && drained()) {
      return true;
    }
    linger();
    return false;
  }

  /**
   * Ends our side, and reads on for a moment: a connection that is closed with bytes unread is
   * reset, and the client would lose the answer that told it why.
   */
  private void linger() throws IOException {
    wire.closeOutput();
    Thread end =
        Thread.ofVirtual()
            .name("docker-linger")
            .start(
                () -> {
                  try {
                    Thread.sleep(LINGER);
                    wire.close();
                  } catch (InterruptedException e) {
                    // The client was quicker.
                  }
                });
    try {
      long left = LINGER_BYTES;
      for (int n = 0; n >= 0 && left > 0; left -= n) {
        n = incoming.read(buffer, 0, buffer.length);
      }
    } finally {
      end.interrupt();
    }
  }

  /** Answers what is no request. */
  private boolean refused() throws IOException {
    lasting = false;
    sendWhole(
        400,
        Map.of("Content-Type", "text/plain; charset=utf-8"),
        "400 Bad Request".getBytes(StandardCharsets.US_ASCII),
        false);
    return false;
  }

  private boolean drained() throws IOException {
    if (body.ended()) {
      body.release();
      return true;
    }
    return !body.unwanted() && body.skip(DRAIN_BYTES) < DRAIN_BYTES && body.read() < 0;
  }

  /** The next part of the request; null when the client ended the connection. */
  HttpObject nextPart() throws IOException {
    while (true) {
      HttpObject part = decoder.next();
      if (part != null) {
        return part;
      }
      int n = incoming.read(buffer, 0, buffer.length);
      if (n < 0) {
        return null;
      }
      decoder.feed(buffer, n);
    }
  }

  CompletableFuture<Void> gone() {
    return incoming.watch();
  }

  // --- answers ---

  void sendContinue() throws IOException {
    send("HTTP/1.1 100 Continue\r\n\r\n");
  }

  private void send(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    wire.write(bytes, 0, bytes.length);
  }

  private StringBuilder head(int status, Map<String, String> headers) {
    StringBuilder head =
        new StringBuilder("HTTP/1.1 ")
            .append(HttpResponseStatus.valueOf(status))
            .append("\r\nApi-Version: ")
            .append(ApiVersion.NEWEST)
            .append("\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Mokha (linux)\r\n");
    headers.forEach(
        (name, value) ->
            head.append(name)
                .append(": ")
                .append(value.replace('\r', ' ').replace('\n', ' '))
                .append("\r\n"));
    head.append("Date: ")
        .append(DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)))
        .append("\r\n");
    if (!lasting || (body != null && body.unwanted())) {
      lasting = false;
      head.append("Connection: close\r\n");
    }
    return head;
  }

  /** Sends an answer in one piece. */
  void sendWhole(int status, Map<String, String> headers, byte[] content, boolean headOnly)
      throws IOException {
    StringBuilder head = head(status, headers);
    if (status != 204 && status != 304) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream(head.length() + content.length + 2);
    all.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!headOnly && status != 204 && status != 304) {
      all.writeBytes(content);
    }
    byte[] bytes = all.toByteArray();
    wire.write(bytes, 0, bytes.length);
  }

  /** Begins an answer whose length is not known. */
  void sendHead(int status, Map<String, String> headers) throws IOException {
    StringBuilder head = head(status, headers);
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    send(head.append("\r\n").toString());
  }

  /** Sends a piece of it. */
  void sendChunk(byte[] bytes, int offset, int length, boolean last) throws IOException {
    if (!chunked) {
      wire.write(bytes, offset, length);
      return;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream(length + 16);
    if (length > 0) {
      all.writeBytes(Integer.toHexString(length).getBytes(StandardCharsets.US_ASCII));
      all.writeBytes(LINE_END);
      all.write(bytes, offset, length);
      all.writeBytes(LINE_END);
    }
    if (last) {
      all.writeBytes(LAST_CHUNK);
    }
    if (all.size() > 0) {
      wire.write(all.toByteArray(), 0, all.size());
    }
  }

  // --- taking over ---

  Duplex hijack(String contentType, boolean upgrade) throws IOException {
    byte[] early = early();
    send(
        upgrade
            ? "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
                + contentType
                + "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\n\r\n");
    return new RawDuplex(early);
  }

  Duplex upgrade(String protocol) throws IOException {
    byte[] early = early();
    send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
            + protocol
            + "\r\n\r\n");
    return new RawDuplex(early);
  }

  /** What the client sent behind its request already. */
  private byte[] early() throws IOException {
    while (!body.ended()) {
      body.readAllBytes();
    }
    body.release();
    return decoder.rest();
  }

  Duplex webSocket(Request request) throws IOException {
    String key = request.header(HttpHeaderNames.SEC_WEBSOCKET_KEY.toString());
    if (key.isEmpty() || !request.header("Upgrade").equalsIgnoreCase("websocket")) {
      throw DockerException.invalid("a WebSocket handshake is wanted");
    }
    byte[] early = early();
    StringBuilder head =
        new StringBuilder(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    head.append("Sec-WebSocket-Accept: ").append(WebSocketDuplex.accept(key)).append("\r\n");
    send(head.append("\r\n").toString());
    return new WebSocketDuplex(new RawDuplex(early));
  }

  private final class RawDuplex implements Duplex {
    private final InputStream in;
    private final OutputStream out = new RawOutput();

    RawDuplex(byte[] early) {
      this.in = new RawInput(early);
    }

    @Override
    public InputStream in() {
      return in;
    }

    @Override
    public OutputStream out() {
      return out;
    }

    @Override
    public void closeOutput() {
      try {
        wire.closeOutput();
      } catch (IOException e) {
        log.debug("A connection can't be ended on our side: {}", e.getMessage());
      }
    }

    @Override
    public void close() {
      wire.close();
    }
  }

  private final class RawInput extends BlockInput {
    private final byte[] early;
    private int position;

    RawInput(byte[] early) {
      this.early = early;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (position < early.length) {
        int n = Math.min(length, early.length - position);
        System.arraycopy(early, position, bytes, offset, n);
        position += n;
        return n;
      }
      return length == 0 ? 0 : incoming.read(bytes, offset, length);
    }
  }

  private final class RawOutput extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      wire.write(bytes, offset, length);
    }
  }
}
