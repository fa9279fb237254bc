package dev.mokha.node.streaming;

import dev.mokha.api.object.Json;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command's streams over a WebSocket: each message begins with its channel's number (0 stdin, 1
 * stdout, 2 stderr, 3 the status, 4 sizes). Version 5 adds 255, which closes a channel. The base64
 * versions carry the same as text.
 */
public final class WebSocketStreams implements RemoteStreams {
  /** The versions, as they are negotiated. */
  public static final List<String> PROTOCOLS =
      List.of(
          "v5.channel.k8s.io",
          "v4.channel.k8s.io",
          "v4.base64.channel.k8s.io",
          "channel.k8s.io",
          "base64.channel.k8s.io");

  private static final Logger log = LoggerFactory.getLogger(WebSocketStreams.class);
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;

  private final ServerWebSocket socket;
  private final boolean base64;
  private final boolean statusAsJson;
  private final ByteQueue stdin;
  private final List<int[]> sizes = new ArrayList<>();
  private ResizeHandler resizeHandler;
  private final Ending ending = new Ending();

  /** Streams over a socket whose handshake is done. */
  public WebSocketStreams(ServerWebSocket socket, Wanted wanted) {
    this.socket = socket;
    String protocol = socket.subProtocol() == null ? "" : socket.subProtocol();
    this.base64 = protocol.contains("base64");
    this.statusAsJson = protocol.startsWith("v4") || protocol.startsWith("v5");
    this.stdin = new ByteQueue(socket::pause, socket::resume);
    if (!wanted.stdin()) {
      stdin.end();
    }
    socket.binaryMessageHandler(message -> receive(message.getBytes()));
    socket.textMessageHandler(this::receiveText);
    socket.exceptionHandler(e -> socket.close());
    socket.closeHandler(v -> ended());
    socket.resume();
  }

  private void receiveText(String text) {
    if (!base64 || text.isEmpty()) {
      receive(text.getBytes(StandardCharsets.UTF_8));
      return;
    }
    try {
      byte[] content = Base64.getDecoder().decode(text.substring(1));
      byte[] message = new byte[content.length + 1];
      message[0] = (byte) (text.charAt(0) - '0');
      System.arraycopy(content, 0, message, 1, content.length);
      receive(message);
    } catch (IllegalArgumentException e) {
      socket.close();
    }
  }

  private void receive(byte[] message) {
    if (message.length == 0) {
      return;
    }
    byte[] content = Arrays.copyOfRange(message, 1, message.length);
    switch (message[0] & 0xff) {
      case STDIN -> stdin.add(content);
      case RESIZE -> Sizes.parse(content, this::resized);
      case CLOSE -> {
        if (content.length > 0 && content[0] == STDIN) {
          stdin.end();
        }
      }
      default -> log.debug("A message for channel {} is ignored", message[0]);
    }
  }

  private synchronized void resized(int columns, int rows) {
    if (resizeHandler == null) {
      sizes.add(new int[] {columns, rows});
    } else {
      resizeHandler.resize(columns, rows);
    }
  }

  private void ended() {
    stdin.end();
    ending.happened();
  }

  @Override
  public InputStream stdin() {
    return stdin;
  }

  @Override
  public Sink stdout() {
    return new Channel(STDOUT);
  }

  @Override
  public Sink stderr() {
    return new Channel(STDERR);
  }

  @Override
  public synchronized void onResize(ResizeHandler handler) {
    resizeHandler = handler;
    sizes.forEach(s -> handler.resize(s[0], s[1]));
    sizes.clear();
  }

  @Override
  public void onClose(Runnable handler) {
    ending.tell(handler);
  }

  @Override
  public void finish(ObjectNode status) {
    try {
      byte[] text = ExecStatus.text(status, statusAsJson);
      new Channel(STATUS).write(text, 0, text.length);
    } catch (IOException e) {
      log.debug("The status was not sent: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (RejectedExecutionException e) {
      log.trace("The node agent ended before a client's socket");
    }
  }

  /** Writes one channel's messages. */
  private final class Channel implements Sink {
    private final int number;

    Channel(int number) {
      this.number = number;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (base64) {
        String text =
            number
                + Base64.getEncoder()
                    .encodeToString(Arrays.copyOfRange(bytes, from, from + length));
        Connection.await(socket.writeTextMessage(text));
        return;
      }
      Buffer message = Buffer.buffer(length + 1);
      message.appendByte((byte) number).appendBytes(bytes, from, length);
      Connection.await(socket.writeBinaryMessage(message));
    }

    @Override
    public void end() {
      // The status and the socket's end tell it.
    }
  }

  /** Reads terminal sizes, {@code {"Width":80,"Height":24}}. */
  static final class Sizes {
    private Sizes() {}

    static void parse(byte[] json, ResizeHandler handler) {
      try {
        JsonNode size = Json.MAPPER.readTree(json);
        int columns = size.path("Width").asInt(0);
        int rows = size.path("Height").asInt(0);
        if (columns > 0 && rows > 0) {
          handler.resize(columns, rows);
        }
      } catch (JacksonException e) {
        log.debug("An unreadable terminal size is ignored");
      }
    }
  }
}
