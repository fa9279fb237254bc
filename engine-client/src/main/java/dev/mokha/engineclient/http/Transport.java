package dev.mokha.engineclient.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.engineclient.EngineClientException;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends requests to one engine and keeps idle connections for the next.
 *
 * <pre>{@code
 * try (Reply reply = transport.send(Call.get("/v1.50/info"))) {
 *   reply.body().readAllBytes();
 * }
 * }</pre>
 */
public final class Transport implements AutoCloseable {
  private static final int IDLE_KEPT = 4;
  private static final int MESSAGE_BYTES = 1 << 16;

  private final Endpoint endpoint;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  /** A transport; connects when first used. */
  public Transport(Endpoint endpoint) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
  }

  /**
   * A request.
   *
   * @param method such as {@code GET}
   * @param target path and query, encoded
   * @param headers more headers
   * @param contentType of the body; empty without one
   * @param body what is sent; null for none. Closed by the caller
   * @param length the body's length in bytes; -1 when unknown
   */
  public record Call(
      String method,
      String target,
      Map<String, String> headers,
      String contentType,
      InputStream body,
      long length) {
    /** Without a body. */
    public static Call of(String method, String target) {
      return new Call(method, target, Map.of(), "", null, 0);
    }

    /** With a document. */
    public static Call json(String method, String target, byte[] document) {
      return new Call(
          method,
          target,
          Map.of(),
          "application/json",
          new ByteArrayInputStream(document),
          document.length);
    }

    /** With a header more. */
    public Call with(String name, String value) {
      Map<String, String> more = new java.util.LinkedHashMap<>(headers);
      more.put(name, value);
      return new Call(method, target, more, contentType, body, length);
    }
  }

  /**
   * An answer. Read its body to the end, or close it.
   *
   * @param status the HTTP status
   * @param headers by name in lower case
   * @param body the body
   */
  public record Reply(int status, Map<String, String> headers, InputStream body)
      implements AutoCloseable {
    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException e) {
        throw new EngineClientException(0, "The connection was not closed well", e);
      }
    }
  }

  /** A connection that has become two plain streams. */
  public interface Duplex extends AutoCloseable {
    /** What comes. */
    InputStream in();

    /** What goes. */
    OutputStream out();

    /** Whether what comes has frames that say which stream they are of; null when not said. */
    String contentType();

    /** Says that nothing more will go. */
    void shutdownOutput() throws IOException;

    @Override
    void close();
  }

  /**
   * Sends a request.
   *
   * @throws EngineClientException when the engine refuses (status 400 and more) or can't be reached
   */
  public Reply send(Call call) {
    boolean again = call.body() == null && !call.method().equals("POST");
    while (true) {
      Connection kept = idle.pollFirst();
      try {
        return exchange(kept == null ? open() : kept, call);
      } catch (IOException e) {
        // A kept connection may have been closed by the engine meanwhile.
        if (kept == null || !again) {
          throw unreachable(e);
        }
      }
    }
  }

  private Connection open() throws IOException {
    if (closed) {
      throw new IOException("this client was closed");
    }
    return new Connection(endpoint.connect());
  }

  private static EngineClientException unreachable(IOException e) {
    return new EngineClientException(0, "The engine can't be asked: " + e.getMessage(), e);
  }

  private Reply exchange(Connection connection, Call call) throws IOException {
    try {
      Thread sender = null;
      java.util.concurrent.atomic.AtomicReference<IOException> failure =
          new java.util.concurrent.atomic.AtomicReference<>();
      if (call.body() == null || call.length() >= 0 && call.length() < MESSAGE_BYTES) {
        connection.send(request(call, false), call.body());
      } else {
        // The engine may answer before it has all, to refuse it or to show progress.
        sender =
            Thread.startVirtualThread(
                () -> {
                  try {
                    connection.send(request(call, false), call.body());
                  } catch (IOException e) {
                    failure.set(e);
                  }
                });
      }
      Thread sending = sender;
      HttpResponse head;
      try {
        head = connection.receiveHead();
      } catch (IOException e) {
        if (failure.get() != null) {
          e.addSuppressed(failure.get());
        }
        throw e;
      }
      InputStream body =
          connection.body(
              head,
              reusable ->
                  giveBack(connection, reusable && (sending == null || !sending.isAlive())));
      Map<String, String> headers = new java.util.HashMap<>();
      head.headers()
          .forEach(h -> headers.put(h.getKey().toLowerCase(java.util.Locale.ROOT), h.getValue()));
      Reply reply = new Reply(head.status().code(), headers, body);
      if (reply.status() >= 400) {
        try (reply) {
          throw new EngineClientException(reply.status(), message(reply));
        }
      }
      return reply;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  private void giveBack(Connection connection, boolean reusable) {
    if (reusable && !closed && idle.size() < IDLE_KEPT) {
      idle.addFirst(connection);
      return;
    }
    try {
      connection.close();
    } catch (IOException e) {
      throw new EngineClientException(0, "The connection was not closed well", e);
    }
  }

  private static String message(Reply reply) throws IOException {
    byte[] bytes = reply.body().readNBytes(MESSAGE_BYTES);
    try {
      String message = JsonMapper.shared().readTree(bytes).path("message").asString("");
      if (!message.isEmpty()) {
        return message;
      }
    } catch (JacksonException notJson) {
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
    return "The engine answered " + reply.status();
  }

  /** Sends a request that turns the connection into two plain streams. */
  public Duplex hijack(Call call) {
    Connection connection;
    try {
      connection = open();
    } catch (IOException e) {
      throw unreachable(e);
    }
    try {
      connection.send(request(call, true), call.body());
      HttpResponse head = connection.receiveHead();
      if (head.status().code() >= 400) {
        InputStream body = connection.body(head, reusable -> {});
        Reply reply = new Reply(head.status().code(), Map.of(), body);
        throw new EngineClientException(reply.status(), message(reply));
      }
      InputStream in = connection.raw(head);
      return duplex(connection, in, head.headers().get(HttpHeaderNames.CONTENT_TYPE));
    } catch (IOException e) {
      closeQuietly(connection, e);
      throw unreachable(e);
    } catch (EngineClientException e) {
      closeQuietly(connection, e);
      throw e;
    }
  }

  private static void closeQuietly(Connection connection, Exception cause) {
    try {
      connection.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static Duplex duplex(Connection connection, InputStream in, String contentType) {
    Wire wire = connection.wire();
    return new Duplex() {
      @Override
      public InputStream in() {
        return in;
      }

      @Override
      public OutputStream out() {
        return wire.out();
      }

      @Override
      public String contentType() {
        return contentType;
      }

      @Override
      public void shutdownOutput() throws IOException {
        wire.out().flush();
        wire.shutdownOutput();
      }

      @Override
      public void close() {
        try {
          wire.close();
        } catch (IOException e) {
          throw new EngineClientException(0, "The connection was not closed well", e);
        }
      }
    };
  }

  private HttpRequest request(Call call, boolean upgrade) {
    HttpRequest request =
        new DefaultHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.valueOf(call.method()), call.target());
    request.headers().set(HttpHeaderNames.HOST, endpoint.host());
    call.headers().forEach((name, value) -> request.headers().set(name, value));
    if (upgrade) {
      request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      request.headers().set(HttpHeaderNames.UPGRADE, "tcp");
    }
    if (call.body() == null) {
      if (!call.method().equals("GET") && !call.method().equals("HEAD")) {
        request.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
      }
      return request;
    }
    request.headers().set(HttpHeaderNames.CONTENT_TYPE, call.contentType());
    if (call.length() >= 0) {
      request.headers().set(HttpHeaderNames.CONTENT_LENGTH, call.length());
    } else {
      request.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    return request;
  }

  /** Closes idle connections; those in use end with their use. */
  @Override
  public void close() {
    closed = true;
    for (Connection c = idle.pollFirst(); c != null; c = idle.pollFirst()) {
      giveBack(c, false);
    }
  }
}
