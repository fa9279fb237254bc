package dev.mokha.server.table;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.StoredObject;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes {@code meta.k8s.io/v1 Table}s. */
public final class Tables {
  /** What each row carries of its object ({@code includeObject}). */
  public enum Include {
    NONE,
    METADATA,
    OBJECT;

    /** Reads the query parameter; empty means {@link #METADATA}. */
    public static Include of(String parameter) {
      return switch (parameter) {
        case "None" -> NONE;
        case "Object" -> OBJECT;
        default -> METADATA;
      };
    }
  }

  private Tables() {}

  /** The table of those objects, in their order. */
  public static ObjectNode of(
      ServedResource resource, List<StoredObject> objects, Include include) {
    List<Column> columns = Columns.of(resource);
    ObjectNode table = Json.MAPPER.createObjectNode();
    table.put("kind", "Table").put("apiVersion", "meta.k8s.io/v1");
    ObjectNode meta = table.putObject("metadata");
    if (objects.size() == 1) {
      meta.put("resourceVersion", objects.get(0).object().resourceVersion());
    }
    define(table, columns);
    ArrayNode rows = table.putArray("rows");
    for (StoredObject o : objects) {
      row(rows.addObject(), columns, resource.view(o), include);
    }
    return table;
  }

  /** A table of one row, for an event of a watch; the columns are told only once. */
  public static ObjectNode event(
      ServedResource resource, StoredObject object, Include include, boolean first) {
    ObjectNode table = of(resource, List.of(object), include);
    if (!first) {
      table.putArray("columnDefinitions");
    }
    return table;
  }

  private static void define(ObjectNode table, List<Column> columns) {
    ArrayNode definitions = table.putArray("columnDefinitions");
    for (Column c : columns) {
      ObjectNode d = definitions.addObject();
      d.put("name", c.name()).put("type", c.type()).put("format", c.format());
      d.put("description", c.description()).put("priority", c.priority());
    }
  }

  private static void row(
      ObjectNode row, List<Column> columns, KubeObject object, Include include) {
    ObjectNode tree = object.toTree();
    ArrayNode cells = row.putArray("cells");
    for (Column c : columns) {
      switch (c.cell().apply(tree)) {
        case Long n -> cells.add(n);
        case Integer n -> cells.add(n);
        case Boolean b -> cells.add(b);
        case JsonNode node -> cells.add(node);
        case null -> cells.add("<none>");
        case Object other -> cells.add(other.toString());
      }
    }
    switch (include) {
      case NONE -> row.putNull("object");
      case OBJECT -> row.set("object", tree);
      case METADATA -> {
        ObjectNode partial = row.putObject("object");
        partial.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/v1");
        partial.set("metadata", tree.path("metadata"));
      }
    }
  }
}
