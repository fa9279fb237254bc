package dev.mokha.server.http;

import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.http.WatchStream.EventEncoder;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.WatchedEvent;
import io.netty.buffer.ByteBuf;

/** A watch as protobuf frames. An object is encoded once for all who watch it so. */
final class ProtobufEvents implements EventEncoder {
  private final ServedResource resource;

  ProtobufEvents(ServedResource resource) {
    this.resource = resource;
  }

  @Override
  public void event(ByteBuf out, WatchedEvent event) {
    byte[] object = Forms.protobuf(resource, event.object());
    out.writeBytes(ProtobufCodec.watchEvent(event.type().name(), object));
  }

  @Override
  public void bookmark(ByteBuf out, long revision, boolean initialEnd) {
    byte[] object =
        ProtobufCodec.encode(
                WatchStream.bookmarkObject(
                    resource.type().kind(),
                    resource.type().gvr().groupVersion(),
                    revision,
                    initialEnd))
            .orElseThrow(() -> new IllegalStateException("no protobuf form of a bookmark"));
    out.writeBytes(ProtobufCodec.watchEvent("BOOKMARK", object));
  }
}
