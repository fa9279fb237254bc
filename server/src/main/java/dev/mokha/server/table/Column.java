package dev.mokha.server.table;

import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * A column of a table.
 *
 * @param name its head, such as {@code Ready}
 * @param type {@code string}, {@code integer}, {@code boolean} or {@code date}
 * @param format {@code name} for the name column, else empty
 * @param description what it shows
 * @param priority 0 to show always, 1 with {@code -o wide} only
 * @param cell its value in the row of an object: a String, a number or a Boolean
 */
public record Column(
    String name,
    String type,
    String format,
    String description,
    int priority,
    Function<JsonNode, Object> cell) {

  static Column text(String name, String description, Function<JsonNode, Object> cell) {
    return new Column(name, "string", "", description, 0, cell);
  }

  static Column number(String name, String description, Function<JsonNode, Object> cell) {
    return new Column(name, "integer", "", description, 0, cell);
  }

  /** The same, but with {@code -o wide} only. */
  Column wide() {
    return new Column(name, type, format, description, 1, cell);
  }
}
