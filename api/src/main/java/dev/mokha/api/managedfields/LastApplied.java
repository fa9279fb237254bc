package dev.mokha.api.managedfields;

import dev.mokha.api.object.Json;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectSchema;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The way from kubectl's client-side apply, which kept its configuration in an annotation, to
 * server-side apply: what the annotation says and the object still is counts as kubectl's own.
 */
final class LastApplied {
  /** The manager of {@code kubectl apply --server-side}; any other one opts out. */
  static final String MANAGER = "kubectl";

  private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

  private LastApplied() {}

  /** The fields that the annotation of the live object may give away without a conflict. */
  static FieldSet owned(ObjectNode live, ObjectSchema schema) {
    if (!(parse(live) instanceof ObjectNode config)) {
      return new FieldSet();
    }
    FieldSet written = FieldWalk.all(config, schema, Set.of());
    Defaulting.apply(config, schema);
    FieldWalk.Difference since = FieldWalk.difference(config, live, schema, Set.of());
    return written.difference(since.changed()).difference(since.removed());
  }

  /** Keeps the annotation true, where there is one, so that client-side apply still works. */
  static void renew(ObjectNode live, ObjectNode merged, ObjectNode config) {
    if (annotation(live).isMissingNode()) {
      return;
    }
    ObjectNode plain = config.deepCopy();
    if (plain.path("metadata").get("annotations") instanceof ObjectNode annotations) {
      annotations.remove(ANNOTATION);
    }
    merged
        .withObject("/metadata")
        .withObject("/annotations")
        .put(ANNOTATION, Json.text(plain) + "\n");
  }

  private static JsonNode annotation(ObjectNode object) {
    return object.path("metadata").path("annotations").path(ANNOTATION);
  }

  private static JsonNode parse(ObjectNode live) {
    try {
      return Json.MAPPER.readTree(annotation(live).asString("null"));
    } catch (JacksonException e) {
      return Json.MAPPER.nullNode(); // Written by hand: it gives nothing away.
    }
  }
}
