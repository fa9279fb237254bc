package dev.mokha.cli.control;

import dev.mokha.api.object.Json;
import dev.mokha.cli.UserError;
import dev.mokha.cli.control.ControlServer.ProgressSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says one request to a daemon and waits for its result. */
public final class ControlClient {
  private ControlClient() {}

  /**
   * Says a request.
   *
   * @param socket the daemon's control socket
   * @param request with its {@code command}
   * @param progress hears how far it is
   * @throws UserError when no daemon answers, or with what the daemon says went wrong
   */
  public static JsonNode call(Path socket, ObjectNode request, ProgressSink progress) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        throw new UserError(
            "no Mokha answers on %s (%s); start it with: mokha up"
                .formatted(socket, e.getMessage()));
      }
      OutputStream out = Channels.newOutputStream(channel);
      out.write((Json.text(request) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
      String line;
      while ((line = in.readLine()) != null) {
        JsonNode message = Json.MAPPER.readTree(line);
        if (message.has("progress")) {
          JsonNode p = message.get("progress");
          progress.update(
              p.path("item").asString(""),
              p.path("action").asString(""),
              p.path("done").asLong(),
              p.path("total").asLong());
        } else if (message.has("error")) {
          throw new UserError(message.get("error").asString());
        } else {
          return message.path("result");
        }
      }
      throw new UserError("the daemon ended before it had answered; see: mokha logs");
    } catch (IOException e) {
      throw new UserError("the daemon can't be spoken to on " + socket + ": " + e.getMessage());
    }
  }
}
