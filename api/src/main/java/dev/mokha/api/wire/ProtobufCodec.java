package dev.mokha.api.wire;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectSchema;
import java.nio.ByteBuffer;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects as {@code application/vnd.kubernetes.protobuf}: four bytes of magic, then a {@code
 * runtime.Unknown} that names the kind and holds the object's message.
 *
 * <pre>{@code
 * byte[] body = ProtobufCodec.encode(pod).orElseThrow(); // a tree with apiVersion and kind
 * ObjectNode same = ProtobufCodec.decode(body).tree();
 * }</pre>
 */
public final class ProtobufCodec {
  /** The content type of one object. */
  public static final String CONTENT_TYPE = "application/vnd.kubernetes.protobuf";

  /** The content type of a stream of {@link #watchEvent events}. */
  public static final String WATCH_CONTENT_TYPE = CONTENT_TYPE + ";stream=watch";

  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final ObjectSchema OBJECT_META = meta("ObjectMeta");
  private static final ObjectSchema LIST_META = meta("ListMeta");

  /**
   * What a body holds.
   *
   * @param kind the kind that the envelope names
   * @param tree the object, apiVersion and kind filled in from the envelope; not yet checked: give
   *     it to {@code ObjectDecoder.tree}
   */
  public record Decoded(GroupVersionKind kind, ObjectNode tree) {}

  private ProtobufCodec() {}

  private static ObjectSchema meta(String name) {
    return (ObjectSchema)
        BuiltinSchemas.get().byName("io.k8s.apimachinery.pkg.apis.meta.v1." + name).orElseThrow();
  }

  /** Whether the bytes begin with the magic. */
  public static boolean isEnveloped(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && bytes[0] == MAGIC[0]
        && bytes[1] == MAGIC[1]
        && bytes[2] == MAGIC[2]
        && bytes[3] == MAGIC[3];
  }

  /**
   * An object in its envelope.
   *
   * @param tree fits its schema and says its apiVersion and kind
   * @return empty when the kind has no protobuf form, as custom resources have none
   */
  public static Optional<byte[]> encode(JsonNode tree) {
    GroupVersionKind kind =
        GroupVersionKind.of(tree.path("apiVersion").asString(""), tree.path("kind").asString(""));
    return BuiltinSchemas.get().byKind(kind).map(schema -> encode(tree, kind, schema));
  }

  private static byte[] encode(JsonNode tree, GroupVersionKind kind, ObjectSchema schema) {
    ProtobufWriter out = new ProtobufWriter();
    int raw = out.size();
    new MessageEncoder(out).object(tree, schema);
    out.message(2, raw);
    int type = out.size();
    out.string(2, kind.kind());
    out.string(1, kind.apiVersion());
    out.message(1, type);
    out.raw(MAGIC);
    return out.toBytes();
  }

  /** The object's message alone, as it stands in other messages. */
  public static byte[] message(JsonNode tree, ObjectSchema schema) {
    ProtobufWriter out = new ProtobufWriter();
    new MessageEncoder(out).object(tree, schema);
    return out.toBytes();
  }

  /**
   * The head of a list in its envelope: all of it but the elements, which must follow.
   *
   * @param list the list without {@code items}; says its apiVersion and kind
   * @param elementBytes how long all the elements will be, each with its head
   */
  public static byte[] listHead(JsonNode list, long elementBytes) {
    byte[] own = metadata(list, LIST_META);
    ProtobufWriter out = new ProtobufWriter();
    out.raw(own);
    out.lengthOfMessage(2, own.length + elementBytes);
    envelope(out, list);
    return out.toBytes();
  }

  /**
   * An object of which only metadata is shown ({@code PartialObjectMetadata}), in its envelope.
   *
   * @param partial says its apiVersion and kind
   */
  public static byte[] encodeMetadata(JsonNode partial) {
    ProtobufWriter out = new ProtobufWriter();
    int raw = out.size();
    out.raw(metadata(partial, OBJECT_META));
    out.message(2, raw);
    envelope(out, partial);
    return out.toBytes();
  }

  /** Metadata is field 1 of every object and of every list. */
  private static byte[] metadata(JsonNode tree, ObjectSchema schema) {
    ProtobufWriter out = new ProtobufWriter();
    int mark = out.size();
    new MessageEncoder(out).object(tree.path("metadata"), schema);
    out.message(1, mark);
    return out.toBytes();
  }

  private static void envelope(ProtobufWriter out, JsonNode tree) {
    int type = out.size();
    out.string(2, tree.path("kind").asString(""));
    out.string(1, tree.path("apiVersion").asString(""));
    out.message(1, type);
    out.raw(MAGIC);
  }

  /** What stands before an element of a list: field 2 of every list is {@code items}. */
  public static byte[] elementHead(int messageLength) {
    ProtobufWriter out = new ProtobufWriter(6);
    out.lengthOfMessage(2, messageLength);
    return out.toBytes();
  }

  /** How long an element of a list is with its head. */
  public static int elementLength(int messageLength) {
    // One byte of tag, and a varint of seven bits a byte.
    return 1 + (38 - Integer.numberOfLeadingZeros(messageLength | 1)) / 7 + messageLength;
  }

  /** Where the object's own message begins in an envelope that {@link #encode} made; it ends it. */
  public static int messageStart(byte[] enveloped) {
    int at = MAGIC.length + 1;
    int typeLength = enveloped[at++]; // Kind and version never need 128 bytes.
    at += typeLength + 1;
    while (enveloped[at] < 0) {
      at++;
    }
    return at + 1;
  }

  /**
   * Reads an envelope.
   *
   * @throws IllegalArgumentException when it is damaged or of a kind without a protobuf form
   */
  public static Decoded decode(byte[] bytes) {
    if (!isEnveloped(bytes)) {
      throw new IllegalArgumentException(
          "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    }
    ProtobufReader in = new ProtobufReader(bytes, MAGIC.length, bytes.length);
    String apiVersion = "";
    String kind = "";
    ProtobufReader raw = new ProtobufReader(bytes, 0, 0);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> {
          ProtobufReader type = in.message();
          while (type.next()) {
            switch (type.field()) {
              case 1 -> apiVersion = type.string();
              case 2 -> kind = type.string();
              default -> type.skip();
            }
          }
        }
        case 2 -> raw = in.message();
        default -> in.skip();
      }
    }
    GroupVersionKind gvk = GroupVersionKind.of(apiVersion, kind);
    ObjectSchema schema =
        BuiltinSchemas.get()
            .byKind(gvk)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no kind \"%s\" is registered for version \"%s\""
                            .formatted(gvk.kind(), gvk.apiVersion())));
    ObjectNode tree = new MessageDecoder().object(raw, schema);
    tree.put("apiVersion", apiVersion).put("kind", kind);
    return new Decoded(gvk, tree);
  }

  /**
   * Reads a request's body as what its path says it is, and checks it as JSON is checked.
   *
   * @throws StatusException 400 when it can't be read
   */
  public static ObjectDecoder.Decoded read(
      byte[] body, GroupVersionKind kind, ObjectSchema schema) {
    ObjectNode tree;
    try {
      tree = decode(body).tree();
    } catch (IllegalArgumentException e) {
      throw StatusException.badRequest(e.getMessage());
    }
    return ObjectDecoder.tree(tree, kind, schema);
  }

  /** Reads a message without an envelope. */
  public static ObjectNode decodeMessage(byte[] message, ObjectSchema schema) {
    return new MessageDecoder().object(new ProtobufReader(message, 0, message.length), schema);
  }

  /**
   * One event of a watch, with the length of four bytes that comes before it in the stream.
   *
   * @param type such as {@code ADDED}
   * @param enveloped the object as {@link #encode} gives it
   */
  public static byte[] watchEvent(String type, byte[] enveloped) {
    ProtobufWriter out = new ProtobufWriter();
    int extension = out.size();
    out.bytes(1, enveloped);
    out.message(2, extension);
    out.string(1, type);
    int length = out.size();
    out.raw(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
    return out.toBytes();
  }
}
