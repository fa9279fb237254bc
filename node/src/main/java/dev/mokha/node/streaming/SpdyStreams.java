package dev.mokha.node.streaming;

import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command's streams over SPDY/3.1: the client opens one stream for each, named by its {@code
 * streamtype} header. Version 4 of the protocol writes a Status at the end, older ones only the
 * text of an error.
 */
public final class SpdyStreams implements RemoteStreams {
  /** The versions, as {@code X-Stream-Protocol-Version} negotiates them, best first. */
  public static final List<String> PROTOCOLS =
      List.of("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io");

  private static final Logger log = LoggerFactory.getLogger(SpdyStreams.class);
  private static final Duration OPENING_TAKES = Duration.ofSeconds(30);
  private static final Sink NOWHERE =
      new Sink() {
        @Override
        public void write(byte[] bytes, int from, int length) {}

        @Override
        public void end() {}
      };

  private final SpdyConnection connection;
  private final boolean statusAsJson;
  private final Map<String, SpdyConnection.Stream> streams = new ConcurrentHashMap<>();
  private final List<String> expected = new ArrayList<>();
  private final CountDownLatch opened;
  private final Ending ending = new Ending();

  /**
   * Streams over a connection that was just upgraded.
   *
   * @param protocol the version that was agreed on
   */
  public SpdyStreams(NetSocket socket, String protocol, Wanted wanted) {
    this.statusAsJson = protocol.equals("v4.channel.k8s.io");
    expected.add("error");
    if (wanted.stdin()) {
      expected.add("stdin");
    }
    if (wanted.stdout()) {
      expected.add("stdout");
    }
    if (wanted.stderr() && !wanted.tty()) {
      expected.add("stderr");
    }
    boolean sizes = wanted.tty() && (statusAsJson || protocol.startsWith("v3"));
    if (sizes) {
      expected.add("resize");
    }
    this.opened = new CountDownLatch(expected.size());
    this.connection = new SpdyConnection(Connection.of(socket), this::opened, ending::happened);
    connection.start();
  }

  private void opened(SpdyConnection.Stream stream) {
    String type = stream.header("streamtype");
    if (!expected.contains(type) || streams.putIfAbsent(type, stream) != null) {
      stream.refuse();
      return;
    }
    opened.countDown();
  }

  /** Waits until the client has opened all streams that it announced. */
  public void awaitOpen() throws IOException {
    try {
      if (!opened.await(OPENING_TAKES.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("the client opened only " + streams.keySet() + " of " + expected);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public InputStream stdin() {
    SpdyConnection.Stream stream = streams.get("stdin");
    return stream == null ? InputStream.nullInputStream() : stream.in();
  }

  @Override
  public Sink stdout() {
    return streams.containsKey("stdout") ? streams.get("stdout") : NOWHERE;
  }

  @Override
  public Sink stderr() {
    return streams.containsKey("stderr") ? streams.get("stderr") : NOWHERE;
  }

  @Override
  public void onResize(ResizeHandler handler) {
    SpdyConnection.Stream stream = streams.get("resize");
    if (stream == null) {
      return;
    }
    Thread.ofVirtual()
        .name("terminal-sizes")
        .start(
            () -> {
              byte[] buffer = new byte[4096];
              StringBuilder text = new StringBuilder();
              try {
                for (int n = stream.in().read(buffer); n >= 0; n = stream.in().read(buffer)) {
                  text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                  // One JSON object after the other, with no separator but perhaps a newline.
                  for (int end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
                    byte[] json = text.substring(0, end + 1).getBytes(StandardCharsets.UTF_8);
                    WebSocketStreams.Sizes.parse(json, handler);
                    text.delete(0, end + 1);
                  }
                }
              } catch (IOException e) {
                log.trace("No more terminal sizes: {}", e.getMessage());
              }
            });
  }

  @Override
  public void onClose(Runnable handler) {
    ending.tell(handler);
  }

  @Override
  public void finish(ObjectNode status) {
    SpdyConnection.Stream error = streams.get("error");
    try {
      byte[] text = ExecStatus.text(status, statusAsJson);
      stdout().end();
      stderr().end();
      if (error != null) {
        error.write(text, 0, text.length);
        error.end();
      }
    } catch (IOException e) {
      log.debug("The status was not sent: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
