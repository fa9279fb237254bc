package dev.mokha.server.http;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.http.WatchStream.EventEncoder;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.WatchedEvent;
import io.netty.buffer.ByteBuf;

/** A watch as protobuf frames. An object is encoded once for all who watch it so. */
final class ProtobufEvents implements EventEncoder {
  /** The protobuf form of an object in one version. */
  private record ProtobufForm(String apiVersion) {}

  private final ServedResource resource;
  private final ProtobufForm form;

  ProtobufEvents(ServedResource resource) {
    this.resource = resource;
    this.form = new ProtobufForm(resource.type().gvr().groupVersion());
  }

  @Override
  public void event(ByteBuf out, WatchedEvent event) {
    byte[] object = event.object().form(form, k -> encode(resource.view(event.object())));
    out.writeBytes(ProtobufCodec.watchEvent(event.type().name(), object));
  }

  private static byte[] encode(KubeObject object) {
    return ProtobufCodec.encode(object.toTree())
        .orElseThrow(() -> new IllegalStateException("no protobuf form of " + object.kind()));
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
