package dev.mokha.server.crd.validation;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Collects what is wrong, in the words that Kubernetes' clients know. */
final class Causes {
  /**
   * With one of these the rules in CEL are not asked, since the value may not be what they expect.
   */
  private static final Set<String> BLOCKING =
      Set.of(
          "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid");

  private final List<StatusCause> list = new ArrayList<>(0);

  List<StatusCause> list() {
    return list;
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  int size() {
    return list.size();
  }

  boolean hasBlocking() {
    return list.stream().anyMatch(c -> BLOCKING.contains(c.reason()));
  }

  void addAll(Causes more) {
    list.addAll(more.list);
  }

  void addAll(List<StatusCause> more) {
    list.addAll(more);
  }

  /** Forgets what came after that many. */
  void keep(int size) {
    while (list.size() > size) {
      list.removeLast();
    }
  }

  void required(Path path, String detail) {
    add("FieldValueRequired", path, "Required value" + (detail.isEmpty() ? "" : ": " + detail));
  }

  void invalid(Path path, JsonNode value, String detail) {
    add("FieldValueInvalid", path, "Invalid value: " + shown(value) + ": " + detail);
  }

  void invalid(Path path, String value, String detail) {
    add("FieldValueInvalid", path, "Invalid value: " + quoted(value) + ": " + detail);
  }

  /** Without showing the value. */
  void invalid(Path path, String detail) {
    add("FieldValueInvalid", path, "Invalid value: " + detail);
  }

  void wrongType(Path path, String value, String detail) {
    add("FieldValueTypeInvalid", path, "Invalid value: " + quoted(value) + ": " + detail);
  }

  void forbidden(Path path, String detail) {
    add("FieldValueForbidden", path, "Forbidden: " + detail);
  }

  void duplicate(Path path, JsonNode value) {
    add("FieldValueDuplicate", path, "Duplicate value: " + shown(value));
  }

  void duplicate(Path path) {
    add("FieldValueDuplicate", path, "Duplicate value");
  }

  void notSupported(Path path, JsonNode value, List<String> supported) {
    add(
        "FieldValueNotSupported",
        path,
        "Unsupported value: "
            + Json.text(value)
            + ": supported values: "
            + String.join(", ", supported.stream().map(Causes::quoted).toList()));
  }

  void tooLong(Path path, long most) {
    add("FieldValueTooLong", path, "Too long: may not be more than " + most + " bytes");
  }

  void tooMany(Path path, long actual, long most) {
    add(
        "FieldValueTooMany",
        path,
        "Too many: %d: must have at most %d items".formatted(actual, most));
  }

  void internal(Path path, String detail) {
    add("InternalError", path, "Internal error: " + detail);
  }

  private void add(String reason, Path path, String message) {
    list.add(new StatusCause(reason, message, path.toString()));
  }

  /** Containers are shown as Go writes JSON: safe to put into HTML. */
  private static String shown(JsonNode value) {
    String text = Json.text(value);
    return value.isContainer()
        ? text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        : text;
  }

  static String quoted(String text) {
    return Json.text(Json.MAPPER.getNodeFactory().stringNode(text));
  }
}
