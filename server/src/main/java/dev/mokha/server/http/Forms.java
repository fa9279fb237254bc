package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.StoredObject;
import io.netty.buffer.ByteBuf;
import tools.jackson.databind.node.ObjectNode;

/**
 * The forms in which an object goes out, each made once and kept with the object for all who ask
 * for it: by get, by list and by watch.
 */
final class Forms {
  private record PartialJson(String kind) {}

  private record PartialProtobuf(String kind) {}

  private record Protobuf(String apiVersion) {}

  private Forms() {}

  /** The object's JSON in the served version. */
  static byte[] json(ServedResource resource, StoredObject object) {
    return resource.view(object).json();
  }

  /** Its metadata alone, as JSON. */
  static byte[] partialJson(ServedResource resource, StoredObject object) {
    return object.form(
        new PartialJson(resource.type().kind()), k -> Json.bytes(partial(resource.view(object))));
  }

  /** Its metadata alone, in a protobuf envelope. */
  static byte[] partialProtobuf(ServedResource resource, StoredObject object) {
    return object.form(
        new PartialProtobuf(resource.type().kind()),
        k -> ProtobufCodec.encodeMetadata(partial(resource.view(object))));
  }

  /** The object in a protobuf envelope; only for kinds that have a protobuf form. */
  static byte[] protobuf(ServedResource resource, StoredObject object) {
    return object.form(
        new Protobuf(resource.type().gvr().groupVersion()),
        k -> protobuf(resource.view(object).toTree()));
  }

  private static byte[] protobuf(ObjectNode tree) {
    return ProtobufCodec.encode(tree)
        .orElseThrow(
            () ->
                new IllegalStateException("no protobuf form of " + tree.path("kind").asString("")));
  }

  /** The metadata alone, as {@code PartialObjectMetadata}. */
  static ObjectNode partial(KubeObject object) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/v1");
    out.set("metadata", object.toTree().path("metadata"));
    return out;
  }

  /** Elements of a JSON list. */
  record JsonElement(ServedResource resource, boolean metadataOnly) implements ListBody.Form {
    private byte[] bytes(StoredObject object) {
      return metadataOnly ? partialJson(resource, object) : json(resource, object);
    }

    @Override
    public int length(StoredObject object) {
      return bytes(object).length;
    }

    @Override
    public void write(StoredObject object, ByteBuf out) {
      out.writeBytes(bytes(object));
    }
  }

  /** Elements of a protobuf list: the messages out of the kept envelopes. */
  record ProtobufElement(ServedResource resource, boolean metadataOnly) implements ListBody.Form {
    private byte[] bytes(StoredObject object) {
      return metadataOnly ? partialProtobuf(resource, object) : protobuf(resource, object);
    }

    @Override
    public int length(StoredObject object) {
      byte[] enveloped = bytes(object);
      return ProtobufCodec.elementLength(enveloped.length - ProtobufCodec.messageStart(enveloped));
    }

    @Override
    public void write(StoredObject object, ByteBuf out) {
      byte[] enveloped = bytes(object);
      int start = ProtobufCodec.messageStart(enveloped);
      int length = enveloped.length - start;
      out.writeBytes(ProtobufCodec.elementHead(length));
      out.writeBytes(enveloped, start, length);
    }
  }
}
