package dev.mokha.server.rest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The subresources that are one part of the object, written in the form of the whole object. */
final class Parts {
  private static final Set<String> PARTS =
      Set.of("ephemeralcontainers", "resize", "approval", "finalize");

  private Parts() {}

  static boolean isPart(String subresource) {
    return PARTS.contains(subresource);
  }

  /** Leaves of the change only what concerns that part. */
  static void onlyPart(String subresource, ObjectNode updated, ObjectNode old) {
    ObjectNode wanted = updated.deepCopy();
    updated.removeAll();
    updated.setAll(old.deepCopy());
    String revision = Metadata.text(wanted, "resourceVersion");
    if (!revision.isEmpty()) {
      Metadata.of(updated).put("resourceVersion", revision);
    }
    JsonNode owners = wanted.path("metadata").get("managedFields");
    if (owners != null) {
      Metadata.of(updated).set("managedFields", owners);
    }
    switch (subresource) {
      case "ephemeralcontainers" -> take(updated, wanted, "spec", "ephemeralContainers");
      case "finalize" -> take(updated, wanted, "spec", "finalizers");
      case "approval" -> {
        take(updated, wanted, "status", "conditions");
        // Whoever approves may also say so in labels and annotations.
        updated.set("metadata", wanted.path("metadata"));
      }
      case "resize" -> {
        for (String list : List.of("containers", "initContainers")) {
          resources(updated.path("spec").path(list), wanted.path("spec").path(list));
        }
        JsonNode whole = wanted.path("spec").path("resources");
        if (!whole.isMissingNode()) {
          updated.withObject("/spec").set("resources", whole);
        }
      }
      default -> throw new IllegalArgumentException(subresource);
    }
  }

  private static void take(ObjectNode to, ObjectNode from, String parent, String field) {
    JsonNode value = from.path(parent).get(field);
    ObjectNode in = to.get(parent) instanceof ObjectNode o ? o : to.putObject(parent);
    if (value == null || (value instanceof ArrayNode a && a.isEmpty())) {
      in.remove(field);
    } else {
      in.set(field, value);
    }
  }

  private static void resources(JsonNode containers, JsonNode wanted) {
    Map<String, JsonNode> byName = new HashMap<>();
    wanted.forEach(c -> byName.put(c.path("name").asString(""), c));
    for (JsonNode c : containers) {
      JsonNode w = byName.get(c.path("name").asString(""));
      if (w != null && c instanceof ObjectNode container) {
        for (String field : List.of("resources", "resizePolicy")) {
          JsonNode value = w.get(field);
          if (value == null) {
            container.remove(field);
          } else {
            container.set(field, value);
          }
        }
      }
    }
  }
}
