package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import dev.mokha.server.http.Accept.Form;
import dev.mokha.server.http.WatchStream.EventEncoder;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.StoredObject;
import dev.mokha.server.storage.WatchedEvent;
import dev.mokha.server.table.Tables;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/** A watch as lines of JSON. Objects go out as their kept bytes. */
final class JsonEvents implements EventEncoder {
  private static final byte[] ADDED = start("ADDED");
  private static final byte[] MODIFIED = start("MODIFIED");
  private static final byte[] DELETED = start("DELETED");
  private static final byte[] BOOKMARK = start("BOOKMARK");
  private static final byte[] ERROR = start("ERROR");
  private static final byte[] END = {'}', '\n'};

  private final ServedResource resource;
  private final Form form;
  private final String metaVersion;
  private final Tables.Include include;
  private boolean first = true;

  JsonEvents(ServedResource resource, Accept accept, Tables.Include include) {
    this.resource = resource;
    this.form = accept.form();
    this.metaVersion = accept.metaApiVersion();
    this.include = include;
  }

  private static byte[] start(String type) {
    return ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void event(ByteBuf out, WatchedEvent event) {
    out.writeBytes(
        switch (event.type()) {
          case ADDED -> ADDED;
          case MODIFIED -> MODIFIED;
          case DELETED -> DELETED;
        });
    out.writeBytes(object(event.object())).writeBytes(END);
  }

  private byte[] object(StoredObject o) {
    return switch (form) {
      case TABLE -> {
        byte[] json =
            Json.bytes(Encoder.inVersion(Tables.event(resource, o, include, first), metaVersion));
        first = false;
        yield json;
      }
      case METADATA -> Forms.partialJson(resource, o);
      default -> Forms.json(resource, o);
    };
  }

  @Override
  public void failure(ByteBuf out, ObjectNode status) {
    out.writeBytes(ERROR).writeBytes(Json.bytes(status)).writeBytes(END);
  }

  @Override
  public void bookmark(ByteBuf out, long revision, boolean initialEnd) {
    ObjectNode object =
        switch (form) {
          case TABLE -> {
            ObjectNode table = Json.MAPPER.createObjectNode();
            table.put("kind", "Table").put("apiVersion", metaVersion);
            table.putObject("metadata").put("resourceVersion", Long.toString(revision));
            table.putArray("columnDefinitions");
            ObjectNode row = table.putArray("rows").addObject();
            row.putArray("cells");
            row.set(
                "object",
                WatchStream.bookmarkObject(
                    "PartialObjectMetadata", metaVersion, revision, initialEnd));
            yield table;
          }
          case METADATA ->
              WatchStream.bookmarkObject(
                  "PartialObjectMetadata", metaVersion, revision, initialEnd);
          default ->
              WatchStream.bookmarkObject(
                  resource.type().kind(),
                  resource.type().gvr().groupVersion(),
                  revision,
                  initialEnd);
        };
    out.writeBytes(BOOKMARK).writeBytes(Json.bytes(object)).writeBytes(END);
  }
}
