package dev.mokha.cli.control;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers requests on a Unix socket.
 *
 * <pre>{@code
 * > {"command":"image.list"}
 * < {"progress":{"item":"...","action":"...","done":1,"total":2}}     any number of times
 * < {"result":[...]}   or   {"error":"one sentence"}
 * }</pre>
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

  private final Path socket;
  private final Map<String, Command> commands;
  private final ServerSocketChannel channel;

  /** Does one kind of request. */
  @FunctionalInterface
  public interface Command {
    /**
     * Does it.
     *
     * @param request the request, with its arguments
     * @param progress hears how far it is
     * @return the result
     */
    JsonNode run(JsonNode request, ProgressSink progress) throws Exception;
  }

  /** Hears how far a command is. */
  @FunctionalInterface
  public interface ProgressSink {
    /** See {@code dev.mokha.engine.images.Progress}. */
    void update(String item, String action, long done, long total);
  }

  /** Begins to answer. */
  public ControlServer(Path socket, Map<String, Command> commands) throws IOException {
    this.socket = requireNonNull(socket, "socket");
    this.commands = Map.copyOf(commands);
    Files.deleteIfExists(socket);
    this.channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    channel.bind(UnixDomainSocketAddress.of(socket));
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    // A blocking accept would pin a carrier thread.
    Thread.ofPlatform().daemon().name("control").start(this::accept);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = channel.accept();
        Thread.ofPlatform().daemon().name("control-request").start(() -> serve(client));
      }
    } catch (ClosedChannelException e) {
      // Closed.
    } catch (IOException e) {
      log.error("the control socket {} failed", socket, e);
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
        OutputStream out = Channels.newOutputStream(client)) {
      String line = in.readLine();
      if (line == null) {
        return;
      }
      ObjectNode answer = Json.MAPPER.createObjectNode();
      try {
        JsonNode request = Json.MAPPER.readTree(line);
        Command command = commands.get(request.path("command").asString(""));
        if (command == null) {
          throw new IllegalArgumentException(
              "this daemon knows no command " + request.path("command"));
        }
        answer.set(
            "result",
            command.run(
                request,
                (item, action, done, total) -> {
                  ObjectNode message = Json.MAPPER.createObjectNode();
                  message
                      .putObject("progress")
                      .put("item", item)
                      .put("action", action)
                      .put("done", done)
                      .put("total", total);
                  send(out, message);
                }));
      } catch (Exception e) {
        log.debug("a control request failed", e);
        answer.put("error", e.getMessage() == null ? e.toString() : e.getMessage());
      }
      send(out, answer);
    } catch (IOException e) {
      log.debug("a control connection broke off", e);
    }
  }

  private static void send(OutputStream out, JsonNode message) {
    byte[] bytes = (Json.text(message) + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (out) {
      try {
        out.write(bytes);
        out.flush();
      } catch (IOException e) {
        // The command was interrupted at its terminal; the work goes on to its end.
        log.debug("nobody listens any more", e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(socket);
  }
}
