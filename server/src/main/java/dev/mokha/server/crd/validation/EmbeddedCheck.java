package dev.mokha.server.crd.validation;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.names.Names;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.validation.Validation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whole objects inside objects have a type, and metadata that are in order. */
final class EmbeddedCheck {
  private EmbeddedCheck() {}

  /** Below the object itself, whose own type and metadata are checked elsewhere. */
  static void check(SchemaNode schema, JsonNode value, Path path, Causes causes) {
    if (value instanceof ObjectNode object) {
      if (schema.embedded) {
        embedded(object, path, causes);
      }
      for (Map.Entry<String, JsonNode> e : object.properties()) {
        SchemaNode field = schema.properties.get(e.getKey());
        if (field != null) {
          check(field, e.getValue(), path.child(e.getKey()), causes);
        } else if (schema.additional != null) {
          check(schema.additional, e.getValue(), path.key(e.getKey()), causes);
        }
      }
    } else if (value.isArray() && schema.items != null) {
      for (int i = 0; i < value.size(); i++) {
        check(schema.items, value.get(i), path.index(i), causes);
      }
    }
  }

  private static void embedded(ObjectNode object, Path path, Causes causes) {
    JsonNode version = object.get("apiVersion");
    JsonNode kind = object.get("kind");
    Path at = path.child("apiVersion");
    if (version == null) {
      causes.required(at, "");
    } else if (!version.isString()) {
      causes.invalid(at, version, "must be a string");
    } else if (version.stringValue().isEmpty()) {
      causes.invalid(at, version, "must not be empty");
    } else if (version.stringValue().chars().filter(c -> c == '/').count() > 1) {
      causes.invalid(at, version, "unexpected GroupVersion string: " + version.stringValue());
    }
    at = path.child("kind");
    if (kind == null) {
      causes.required(at, "");
    } else if (!kind.isString()) {
      causes.invalid(at, kind, "must be a string");
    } else if (kind.stringValue().isEmpty()) {
      causes.invalid(at, kind, "must not be empty");
    } else {
      List<String> wrong = Names.dns1035Label(kind.stringValue().toLowerCase(Locale.ROOT));
      if (!wrong.isEmpty()) {
        causes.invalid(
            at,
            kind,
            "may have mixed case, but should otherwise match: " + String.join(",", wrong));
      }
    }
    if (object.get("metadata") instanceof ObjectNode metadata) {
      metadata(metadata, path, causes);
    }
  }

  private static void metadata(ObjectNode metadata, Path path, Causes causes) {
    ObjectNode judged = JsonNodeFactory.instance.objectNode();
    ObjectNode copy = metadata.deepCopy();
    if (copy.path("name").asString("").isEmpty()) {
      copy.put("name", "fakename");
    }
    judged.set("metadata", copy);
    String prefix = path + ".";
    Path at = path.child("metadata");
    for (String field : List.of("name", "generateName", "namespace")) {
      JsonNode value = metadata.path(field);
      String text = value.asString("");
      List<String> wrong =
          text.isEmpty()
              ? List.of()
              : field.equals("namespace") ? Names.dns1123Label(text) : Names.pathSegment(text);
      wrong.forEach(w -> causes.invalid(at.child(field), value, w));
    }
    for (StatusCause cause :
        Validation.forKind(new GroupVersionKind("embedded.mokha.dev", "v1", "Embedded"))
            .validateCreate(judged)) {
      if (cause.field().startsWith("metadata")
          && !cause.field().equals("metadata.name")
          && !cause.field().equals("metadata.namespace")) {
        causes.list().add(new StatusCause(cause.reason(), cause.message(), prefix + cause.field()));
      }
    }
  }
}
