package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.http.Accept.Form;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.StoredObject;
import dev.mokha.server.table.Tables;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Writes answers in the form and encoding the client asked for; kept bytes as they are. */
final class Encoder {
  private static final YAMLMapper YAML = new YAMLMapper();

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

  private static byte[] json(JsonNode tree, Accept accept) {
    return accept.pretty()
        ? Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree)
        : Json.bytes(tree);
  }

  private static Reply one(Answer.One one, Accept accept, Tables.Include include) {
    return switch (accept.form()) {
      case TABLE -> tree(one.code(), Tables.of(one.as(), List.of(one.object()), include), accept);
      case METADATA -> tree(one.code(), partial(one.as().view(one.object())), accept);
      default -> {
        KubeObject view = one.as().view(one.object());
        yield accept.encoding() == Accept.Encoding.JSON && !accept.pretty()
            ? Reply.json(one.code(), view.json())
            : tree(one.code(), view.toTree(), accept);
      }
    };
  }

  /** The metadata alone, as {@code PartialObjectMetadata}. */
  static ObjectNode partial(KubeObject object) {
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/v1");
    out.set("metadata", object.toTree().path("metadata"));
    return out;
  }

  private static Reply many(Answer.Many many, Accept accept, Tables.Include include) {
    Lists.Page page = many.page();
    if (accept.form() == Form.TABLE) {
      ObjectNode table = Tables.of(many.as(), page.items(), include);
      listMeta(table.putObject("metadata"), many);
      return tree(200, table, accept);
    }
    if (accept.form() == Form.METADATA) {
      ObjectNode list = Json.MAPPER.createObjectNode();
      list.put("kind", "PartialObjectMetadataList").put("apiVersion", "meta.k8s.io/v1");
      listMeta(list.putObject("metadata"), many);
      var items = list.putArray("items");
      page.items().forEach(o -> items.add(partial(many.as().view(o))));
      return tree(200, list, accept);
    }
    byte[] bytes = listJson(many);
    return accept.encoding() == Accept.Encoding.JSON && !accept.pretty()
        ? Reply.json(200, bytes)
        : tree(200, Json.parseObject(bytes), accept);
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

  /** The list's JSON around the objects' kept bytes: copied once, nothing is parsed. */
  private static byte[] listJson(Answer.Many many) {
    ServedResource r = many.as();
    ObjectNode head = Json.MAPPER.createObjectNode();
    head.put("kind", r.type().kind() + "List").put("apiVersion", r.type().gvr().groupVersion());
    listMeta(head.putObject("metadata"), many);
    byte[] start = Json.bytes(head);
    byte[] opening = ",\"items\":[".getBytes(StandardCharsets.UTF_8);
    List<StoredObject> items = many.page().items();
    List<byte[]> parts = new ArrayList<>(items.size());
    int length = start.length - 1 + opening.length + Math.max(0, items.size() - 1) + 2;
    for (StoredObject o : items) {
      byte[] json = r.view(o).json();
      parts.add(json);
      length = Math.addExact(length, json.length);
    }
    byte[] out = new byte[length];
    // The head's closing brace gives way to the items.
    System.arraycopy(start, 0, out, 0, start.length - 1);
    int at = start.length - 1;
    System.arraycopy(opening, 0, out, at, opening.length);
    at += opening.length;
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        out[at++] = ',';
      }
      byte[] part = parts.get(i);
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    out[at++] = ']';
    out[at] = '}';
    return out;
  }
}
