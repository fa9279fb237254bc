package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.server.admission.matching.Form;
import dev.mokha.server.admission.matching.ServedKinds;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Merges what a mutating policy wants into an object, as server-side apply merges. */
final class ApplyConfigurations {
  /** What tells an object from others is no policy's to change. */
  private static final List<String> IDENTITY =
      List.of("name", "namespace", "uid", "generateName", "creationTimestamp", "managedFields");

  private final ServedKinds kinds;

  ApplyConfigurations(ServedKinds kinds) {
    this.kinds = requireNonNull(kinds, "kinds");
  }

  /**
   * The object with the configuration applied.
   *
   * @param object may be changed
   */
  ObjectNode apply(Form form, ObjectNode object, JsonNode configuration) {
    ObjectSchema schema =
        kinds
            .schema(form.type(), form.kind())
            .orElseThrow(() -> StatusException.internal("no schema of " + form.kind()));
    if (!(configuration instanceof ObjectNode wanted)) {
      throw StatusException.badRequest("the apply configuration is no object");
    }
    for (String field : List.of("apiVersion", "kind")) {
      if (wanted.has(field)) {
        throw StatusException.badRequest(
            "error applying patch: invalid ApplyConfiguration: may not set " + field);
      }
    }
    for (String field : IDENTITY) {
      if (wanted.path("metadata").has(field)) {
        throw StatusException.badRequest(
            "error applying patch: invalid ApplyConfiguration: may not set metadata." + field);
      }
    }
    wanted.put("apiVersion", form.kind().apiVersion()).put("kind", form.kind().kind());
    return ServerSideApply.merge(object, wanted, schema);
  }
}
