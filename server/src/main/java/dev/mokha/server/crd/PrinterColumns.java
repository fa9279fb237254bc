package dev.mokha.server.crd;

import dev.mokha.api.object.Json;
import dev.mokha.server.table.Ages;
import dev.mokha.server.table.Column;
import dev.mokha.server.table.Columns;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The columns of a version's tables, of its {@code additionalPrinterColumns}. */
final class PrinterColumns {
  private static final JsonNode NOTHING = JsonNodeFactory.instance.nullNode();

  private PrinterColumns() {}

  /** Without any columns of its own, a version shows the age. */
  static List<Column> of(JsonNode version) {
    List<Column> columns = new ArrayList<>();
    columns.add(Columns.NAME);
    JsonNode own = version.path("additionalPrinterColumns");
    if (own.isEmpty()) {
      columns.add(
          new Column(
              "Age",
              "date",
              "",
              "The time since the object was created.",
              0,
              cell("date", ".metadata.creationTimestamp")));
    }
    for (JsonNode c : own) {
      String path = c.path("jsonPath").asString("");
      String description = c.path("description").asString("");
      String type = c.path("type").asString("");
      columns.add(
          new Column(
              c.path("name").asString(""),
              type,
              c.path("format").asString(""),
              description.isEmpty()
                  ? "Custom resource definition column (in JSONPath format): " + path
                  : description,
              c.path("priority").asInt(0),
              cell(type, path)));
    }
    return columns;
  }

  /** A cell is null where the object has nothing of the column's type. */
  private static Function<JsonNode, Object> cell(String type, String path) {
    JsonPath parsed;
    try {
      parsed = JsonPath.parse(path);
    } catch (IllegalArgumentException e) {
      return object -> NOTHING;
    }
    return object -> {
      List<JsonNode> found = parsed.find(object);
      return found.isEmpty() ? NOTHING : value(type, found.get(0));
    };
  }

  private static JsonNode value(String type, JsonNode found) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (type) {
      case "string" -> make.stringNode(found.isString() ? found.stringValue() : Json.text(found));
      case "integer" ->
          found.isNumber() ? make.numberNode(found.decimalValue().longValue()) : NOTHING;
      case "number" -> found.isNumber() ? found : NOTHING;
      case "boolean" -> found.isBoolean() ? found : NOTHING;
      case "date" -> found.isString() ? make.stringNode(age(found.stringValue())) : NOTHING;
      default -> NOTHING;
    };
  }

  private static String age(String time) {
    try {
      Instant.parse(time);
    } catch (DateTimeParseException e) {
      return "<invalid>";
    }
    return Ages.since(time);
  }
}
