package dev.mokha.api.validation;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Collects what is wrong with an object. A rule that wants to look at a field passes its path,
 * which is only text: {@code spec.containers[0].name}.
 */
final class FieldErrors {
  private final List<StatusCause> causes = new ArrayList<>();

  List<StatusCause> causes() {
    return List.copyOf(causes);
  }

  boolean isEmpty() {
    return causes.isEmpty();
  }

  int size() {
    return causes.size();
  }

  void required(String path, String detail) {
    add(
        "FieldValueRequired",
        path,
        detail.isEmpty() ? "Required value" : "Required value: " + detail);
  }

  void required(String path) {
    required(path, "");
  }

  /** A value that breaks a rule; the value is shown as JSON. */
  void invalid(String path, Object value, String detail) {
    add("FieldValueInvalid", path, "Invalid value: " + shown(value) + ": " + detail);
  }

  /** One error for each of the messages. */
  void invalid(String path, Object value, Collection<String> details) {
    details.forEach(d -> invalid(path, value, d));
  }

  void notSupported(String path, Object value, Collection<String> supported) {
    List<String> quoted = supported.stream().map(FieldErrors::quoted).toList();
    add(
        "FieldValueNotSupported",
        path,
        "Unsupported value: " + shown(value) + ": supported values: " + String.join(", ", quoted));
  }

  void forbidden(String path, String detail) {
    add("FieldValueForbidden", path, "Forbidden: " + detail);
  }

  void duplicate(String path, Object value) {
    add("FieldValueDuplicate", path, "Duplicate value: " + shown(value));
  }

  void notFound(String path, Object value) {
    add("FieldValueNotFound", path, "Not found: " + shown(value));
  }

  void tooLong(String path, int most) {
    add("FieldValueTooLong", path, "Too long: may not be more than " + most + " bytes");
  }

  void tooMany(String path, int actual, int most) {
    add(
        "FieldValueTooMany",
        path,
        "Too many: %d: must have at most %d items".formatted(actual, most));
  }

  void typeInvalid(String path, Object value, String detail) {
    add("FieldValueTypeInvalid", path, "Invalid value: " + shown(value) + ": " + detail);
  }

  void add(StatusCause cause) {
    causes.add(cause);
  }

  private void add(String reason, String path, String message) {
    causes.add(new StatusCause(reason, message, path));
  }

  private static String shown(Object value) {
    return switch (value) {
      case null -> "null";
      case String text -> quoted(text);
      case JsonNode node when node.isString() -> quoted(node.stringValue());
      case JsonNode node -> Json.text(node);
      case Collection<?> values -> Json.MAPPER.writeValueAsString(values);
      default -> value.toString();
    };
  }

  private static String quoted(String text) {
    return Json.text(Json.MAPPER.getNodeFactory().stringNode(text));
  }
}
