package dev.mokha.server.http;

import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.http.WatchStream.EventEncoder;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.WatchedEvent;
import io.netty.buffer.ByteBuf;
import tools.jackson.databind.node.ObjectNode;

/** A watch as protobuf frames. An object is encoded once for all who watch it so. */
final class ProtobufEvents implements EventEncoder {
  private final ServedResource resource;
  private final boolean metadataOnly;

  ProtobufEvents(ServedResource resource, Accept.Form form) {
    this.resource = resource;
    this.metadataOnly = form == Accept.Form.METADATA;
  }

  @Override
  public void event(ByteBuf out, WatchedEvent event) {
    byte[] object =
        metadataOnly
            ? Forms.partialProtobuf(resource, event.object())
            : Forms.protobuf(resource, event.object());
    out.writeBytes(ProtobufCodec.watchEvent(event.type().name(), object));
  }

  @Override
  public void failure(ByteBuf out, ObjectNode status) {
    ProtobufCodec.encode(status)
        .ifPresent(bytes -> out.writeBytes(ProtobufCodec.watchEvent("ERROR", bytes)));
  }

  @Override
  public void bookmark(ByteBuf out, long revision, boolean initialEnd) {
    byte[] object =
        ProtobufCodec.encodeMetadata(
            WatchStream.bookmarkObject(
                metadataOnly ? "PartialObjectMetadata" : resource.type().kind(),
                metadataOnly ? "meta.k8s.io/v1" : resource.type().gvr().groupVersion(),
                revision,
                initialEnd));
    out.writeBytes(ProtobufCodec.watchEvent("BOOKMARK", object));
  }
}
