package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.wire.ProtobufCodec;
import java.util.Arrays;
import tools.jackson.databind.node.ObjectNode;

/**
 * The answer to a watch from a revision that is forgotten: a watch that begins well, and whose only
 * event is the error. Clients look for it there, and list again.
 */
final class WatchRefusal {
  private WatchRefusal() {}

  static Reply reply(StatusException e, Accept accept) {
    ObjectNode status = e.toStatus();
    if (accept.encoding() == Accept.Encoding.PROTOBUF) {
      byte[] object = ProtobufCodec.encode(status).orElseThrow();
      return Reply.of(
          200, ProtobufCodec.WATCH_CONTENT_TYPE, ProtobufCodec.watchEvent("ERROR", object));
    }
    ObjectNode event = Json.MAPPER.createObjectNode().put("type", "ERROR");
    event.set("object", status);
    byte[] json = Json.bytes(event);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return Reply.json(200, line);
  }
}
