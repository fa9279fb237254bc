package dev.mokha.api.managedfields;

import dev.mokha.api.managedfields.FieldWalk.Difference;
import dev.mokha.api.managedfields.Managers.Key;
import dev.mokha.api.object.Json;
import dev.mokha.api.schema.ObjectSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps {@code metadata.managedFields} true on every write but apply: whoever changes a field owns
 * it from then on, alone.
 *
 * <p>A write that sends {@code managedFields: [{}]} takes all ownership away; from then on nothing
 * is tracked until somebody applies.
 */
public final class ManagedFields {
  private ManagedFields() {}

  /**
   * Sets the managed fields of an object that is about to be stored.
   *
   * @param live the object as it is stored; null when it is created
   * @param updated the object as it will be, complete; its managed fields are replaced
   */
  public static void track(ObjectNode live, ObjectNode updated, ObjectSchema schema, Write write) {
    JsonNode sent = updated.path("metadata").path("managedFields");
    JsonNode kept = entries(live);
    boolean direct = write.subresource().isEmpty() && isList(sent);
    if (direct && isReset(sent)) {
      put(updated, Json.MAPPER.createArrayNode());
      return;
    }
    JsonNode current = direct && !sent.equals(kept) ? sent : kept;
    if (live != null && current.isEmpty()) {
      put(updated, Json.MAPPER.createArrayNode());
      return;
    }
    Difference difference = FieldWalk.difference(live, updated, schema, write.ignoredFields());
    if (difference.isEmpty()) {
      put(
          updated,
          (ArrayNode) (current.isArray() ? current.deepCopy() : Json.MAPPER.createArrayNode()));
      return;
    }
    Managers managers = Managers.decode(current);
    Key self = Key.updater(write);
    FieldSet changed = difference.changed();
    FieldSet removed = difference.removed();
    FieldSet gone = changed.union(removed);
    managers.changeOthers(self, fields -> fields.difference(gone));
    FieldSet own = managers.fields(self).difference(removed);
    if (!changed.isEmpty()) {
      managers.put(self, write, own.union(changed));
    } else if (managers.entries().containsKey(self)) {
      managers
          .entries()
          .computeIfPresent(
              self,
              (key, entry) ->
                  own.isEmpty() ? null : new Managers.Entry(entry.apiVersion(), entry.time(), own));
    }
    put(updated, managers.encode());
  }

  static ArrayNode entries(ObjectNode object) {
    return object != null && object.path("metadata").get("managedFields") instanceof ArrayNode list
        ? list
        : Json.MAPPER.createArrayNode();
  }

  static void put(ObjectNode object, ArrayNode entries) {
    ObjectNode metadata = object.withObject("/metadata");
    if (entries.isEmpty()) {
      metadata.remove("managedFields");
    } else {
      metadata.set("managedFields", entries);
    }
  }

  /** Entries that can be read as such; others count as not sent. */
  private static boolean isList(JsonNode sent) {
    if (!sent.isArray() || sent.isEmpty()) {
      return false;
    }
    if (isReset(sent)) {
      return true;
    }
    for (JsonNode entry : sent) {
      String operation = entry.path("operation").asString("");
      boolean known = operation.equals("Apply") || operation.equals("Update");
      if (!known || !entry.path("fieldsV1").isObject()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isReset(JsonNode sent) {
    return sent.size() == 1 && sent.get(0).isEmpty();
  }
}
