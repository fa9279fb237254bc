package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.http.Accept.Form;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.StoredObject;
import dev.mokha.server.table.Tables;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Writes answers in the form and encoding the client asked for; kept bytes as they are. */
final class Encoder {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final byte[] ITEMS = ",\"items\":[".getBytes(StandardCharsets.UTF_8);
  private static final byte[] COMMA = {','};
  private static final byte[] LIST_END = {']', '}'};
  private static final byte[] NOTHING = {};

  private Encoder() {}

  static Reply encode(Answer answer, Accept accept, Tables.Include include) {
    return switch (answer) {
      case Answer.One one -> one(one, accept, include);
      case Answer.Tree tree -> tree(tree.code(), tree.tree(), accept);
      case Answer.Many many -> many(many, accept, include);
      case Answer.Events _, Answer.Tunnel _ ->
          throw new IllegalArgumentException("not one answer: " + answer);
    };
  }

  static Reply tree(int code, ObjectNode tree, Accept accept) {
    return switch (accept.encoding()) {
      case YAML -> Reply.of(code, "application/yaml", YAML.writeValueAsBytes(tree));
      case JSON -> Reply.json(code, json(tree, accept));
      case PROTOBUF ->
          ProtobufCodec.encode(tree)
              .map(bytes -> Reply.of(code, ProtobufCodec.CONTENT_TYPE, bytes))
              .orElseGet(() -> Reply.json(code, json(tree, accept)));
    };
  }

  private static Reply table(int code, ObjectNode table, Accept accept) {
    return tree(code, inVersion(table, accept.metaApiVersion()), accept);
  }

  /** A table, and the metadata in its rows, in the version that was asked for. */
  static ObjectNode inVersion(ObjectNode table, String apiVersion) {
    if (!apiVersion.equals("meta.k8s.io/v1")) {
      table.put("apiVersion", apiVersion);
      for (JsonNode row : table.path("rows")) {
        if (row.path("object") instanceof ObjectNode object
            && object.path("kind").asString("").equals("PartialObjectMetadata")) {
          object.put("apiVersion", apiVersion);
        }
      }
    }
    return table;
  }

  private static byte[] json(JsonNode tree, Accept accept) {
    return accept.pretty()
        ? Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree)
        : Json.bytes(tree);
  }

  private static Reply one(Answer.One one, Accept accept, Tables.Include include) {
    ServedResource r = one.as();
    StoredObject o = one.object();
    boolean metadata = accept.form() == Form.METADATA;
    if (accept.form() == Form.TABLE) {
      return table(one.code(), Tables.of(r, List.of(o), include), accept);
    }
    if (accept.encoding() == Accept.Encoding.JSON && !accept.pretty()) {
      return Reply.json(one.code(), metadata ? Forms.partialJson(r, o) : Forms.json(r, o));
    }
    if (accept.encoding() == Accept.Encoding.PROTOBUF && (metadata || hasProtobuf(r))) {
      return Reply.of(
          one.code(),
          ProtobufCodec.CONTENT_TYPE,
          metadata ? Forms.partialProtobuf(r, o) : Forms.protobuf(r, o));
    }
    return tree(one.code(), metadata ? Forms.partial(r.view(o)) : r.view(o).toTree(), accept);
  }

  private static boolean hasProtobuf(ServedResource r) {
    return BuiltinSchemas.get().byKind(r.type().gvk()).isPresent();
  }

  private static Reply many(Answer.Many many, Accept accept, Tables.Include include) {
    Lists.Page page = many.page();
    ServedResource r = many.as();
    if (accept.form() == Form.TABLE) {
      ObjectNode table = Tables.of(r, page.items(), include);
      listMeta(table.putObject("metadata"), many);
      return table(200, table, accept);
    }
    boolean metadata = accept.form() == Form.METADATA;
    ObjectNode head = Json.MAPPER.createObjectNode();
    if (metadata) {
      head.put("kind", "PartialObjectMetadataList").put("apiVersion", "meta.k8s.io/v1");
    } else {
      head.put("kind", r.listKind()).put("apiVersion", r.type().gvr().groupVersion());
    }
    listMeta(head.putObject("metadata"), many);
    if (accept.encoding() == Accept.Encoding.PROTOBUF && (metadata || hasProtobuf(r))) {
      return protobufList(head, page.items(), new Forms.ProtobufElement(r, metadata));
    }
    if (accept.encoding() == Accept.Encoding.JSON && !accept.pretty()) {
      return jsonList(head, page.items(), new Forms.JsonElement(r, metadata));
    }
    ArrayNode items = head.putArray("items");
    page.items().forEach(o -> items.add(metadata ? Forms.partial(r.view(o)) : r.view(o).toTree()));
    return tree(200, head, accept);
  }

  static void listMeta(ObjectNode meta, Answer.Many many) {
    meta.put("resourceVersion", Long.toString(many.page().revision()));
    if (!many.continueToken().isEmpty()) {
      meta.put("continue", many.continueToken());
      if (many.page().remaining() >= 0) {
        meta.put("remainingItemCount", many.page().remaining());
      }
    }
  }

  /** Nothing is parsed: the objects' kept bytes go out between head and tail. */
  private static Reply jsonList(ObjectNode head, List<StoredObject> items, ListBody.Form form) {
    byte[] start = Json.bytes(head);
    // The head's closing brace gives way to the items.
    byte[] opening = Arrays.copyOf(start, start.length - 1 + ITEMS.length);
    System.arraycopy(ITEMS, 0, opening, start.length - 1, ITEMS.length);
    return new Reply(
        200,
        Accept.Encoding.JSON.mediaType,
        new ListBody(opening, COMMA, LIST_END, items, form),
        Map.of(),
        List.of());
  }

  private static Reply protobufList(ObjectNode head, List<StoredObject> items, ListBody.Form form) {
    long length = 0;
    for (StoredObject o : items) {
      length += form.length(o);
    }
    return new Reply(
        200,
        ProtobufCodec.CONTENT_TYPE,
        new ListBody(ProtobufCodec.listHead(head, length), NOTHING, NOTHING, items, form),
        Map.of(),
        List.of());
  }
}
