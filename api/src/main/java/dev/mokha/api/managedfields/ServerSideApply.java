package dev.mokha.api.managedfields;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.managedfields.FieldWalk.Difference;
import dev.mokha.api.managedfields.Managers.Key;
import dev.mokha.api.object.Json;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectSchema;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Server-side apply: a manager says what he wants of an object, all of it and nothing else. His
 * fields are merged into the live object; what he no longer names, and nobody else owns, goes; what
 * another manager owns with another value is a conflict unless he forces it.
 */
public final class ServerSideApply {
  private static final String BEFORE_FIRST_APPLY = "before-first-apply";

  private ServerSideApply() {}

  /**
   * The live object with a configuration merged into it, list by list as the schema says, without a
   * word on who owns what.
   *
   * @throws StatusException {@code BadRequest} when the configuration makes no sense
   */
  public static ObjectNode merge(ObjectNode live, ObjectNode config, ObjectSchema schema) {
    ObjectNode wanted = (ObjectNode) withoutNulls(config);
    ApplyChecks.check(wanted, schema);
    return ApplyMerge.merge(live, wanted, schema);
  }

  /**
   * The live object with the configuration applied, defaulted, and the ownership written down. When
   * nothing changes it is equal to the live object, with the time of the manager's entry as it was.
   *
   * @param live the stored object; null when there is none yet
   * @param config what the manager wants
   * @param force whether to take fields from other managers
   * @throws StatusException {@code Conflict} with a cause for each field in conflict, {@code
   *     BadRequest} when the configuration makes no sense
   */
  public static ObjectNode apply(
      ObjectNode live, ObjectNode config, ObjectSchema schema, Write write, boolean force) {
    if (!config.path("metadata").path("managedFields").isEmpty()) {
      throw StatusException.badRequest("metadata.managedFields must be nil");
    }
    if (write.manager().isEmpty()) {
      throw StatusException.badRequest("fieldManager is required for apply patch");
    }
    ObjectNode wanted = (ObjectNode) withoutNulls(config);
    wanted.remove(write.ignoredFields());
    ApplyChecks.check(wanted, schema);
    ArrayNode kept = ManagedFields.entries(live);
    Managers managers = Managers.decode(kept);
    if (live != null && managers.entries().isEmpty()) {
      ownBeforeFirstApply(live, schema, write, managers);
    }
    Key self = Key.applier(write);
    FieldSet last = managers.fields(self);
    FieldSet applied = FieldWalk.all(wanted, schema, Set.of());

    ObjectNode merged = live == null ? wanted.deepCopy() : ApplyMerge.merge(live, wanted, schema);
    Managers.Entry lastEntry = managers.entries().get(self);
    managers.put(self, write, applied);
    ApplyPruning.prune(merged, last, managers.all(), schema);
    // Live values are defaulted; without this a value owned as a whole would seem to change.
    Defaulting.apply(merged, schema);

    Difference difference = FieldWalk.difference(live, merged, schema, write.ignoredFields());
    FieldSet contested = difference.changed();
    boolean kubectl = live != null && write.manager().equals(LastApplied.MANAGER);
    if (kubectl && !force) {
      contested = contested.difference(LastApplied.owned(live, schema));
    }
    resolveConflicts(managers, self, contested, force);
    FieldSet gone = difference.changed().union(difference.removed());
    managers.changeOthers(self, fields -> fields.difference(gone));
    boolean same =
        lastEntry != null
            && lastEntry.fields().equals(applied)
            && lastEntry.apiVersion().equals(write.apiVersion());
    if (same && difference.isEmpty()) {
      managers.entries().put(self, lastEntry);
    }
    if (kubectl) {
      LastApplied.renew(live, merged, wanted);
    }
    ManagedFields.put(merged, managers.encode());
    return merged;
  }

  /** Whoever wrote the object before anybody applied owns all of it, under one name. */
  private static void ownBeforeFirstApply(
      ObjectNode live, ObjectSchema schema, Write write, Managers managers) {
    FieldSet all = FieldWalk.difference(null, live, schema, Set.of()).changed();
    Write before = new Write(BEFORE_FIRST_APPLY, write.apiVersion(), "", write.time(), Set.of());
    managers.put(Key.updater(before), before, all);
  }

  private static void resolveConflicts(
      Managers managers, Key self, FieldSet changed, boolean force) {
    if (force || changed.isEmpty()) {
      return;
    }
    Map<String, FieldSet> conflicts = new TreeMap<>();
    managers
        .entries()
        .forEach(
            (key, entry) -> {
              if (!key.equals(self)) {
                FieldSet conflict = entry.fields().intersection(changed);
                if (!conflict.isEmpty()) {
                  conflicts.merge(key.text(), conflict, FieldSet::union);
                }
              }
            });
    if (!conflicts.isEmpty()) {
      throw ApplyConflict.of(conflicts);
    }
  }

  private static JsonNode withoutNulls(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        ObjectNode copy = Json.MAPPER.createObjectNode();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          if (!entry.getValue().isNull()) {
            copy.set(entry.getKey(), withoutNulls(entry.getValue()));
          }
        }
        yield copy;
      }
      case ArrayNode array -> {
        ArrayNode copy = Json.MAPPER.createArrayNode();
        array.forEach(e -> copy.add(withoutNulls(e)));
        yield copy;
      }
      default -> node;
    };
  }
}
