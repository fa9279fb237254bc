package dev.mokha.server.rest;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.api.patch.MergePatch;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.FieldValidation;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectDecoder.Decoded;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.validation.Validation;
import dev.mokha.server.pipeline.ApiCall;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What the api module knows about objects, as the verbs need it. */
final class ObjectModel {
  /** Fills in what the object does not say. */
  void setDefaults(GroupVersionKind kind, ObjectNode object) {
    Defaulting.apply(object, schema(kind));
  }

  /** Drops or refuses what the kind's schema does not know, as the request wishes. */
  void checkFields(ApiCall call, GroupVersionKind kind, ObjectNode object) {
    Decoded decoded = ObjectDecoder.tree(object, kind, schema(kind));
    FieldValidation validation = FieldValidation.of(call.query().get("fieldValidation"));
    decoded.refuseIf(validation);
    if (validation == FieldValidation.WARN) {
      call.warnings().addAll(decoded.problems());
    }
  }

  /** Refuses an object that breaks a rule of its kind. */
  void validateCreate(GroupVersionKind kind, ObjectNode object) {
    refuse(kind, object, Validation.forKind(kind).validateCreate(object));
  }

  /** Refuses a change that breaks a rule of the kind. */
  void validateUpdate(
      GroupVersionKind kind, String subresource, ObjectNode object, ObjectNode old) {
    refuse(
        kind,
        object,
        subresource.isEmpty()
            ? Validation.forKind(kind).validateUpdate(object, old)
            : Validation.forKind(kind).validateSubresourceUpdate(subresource, object, old));
  }

  private static void refuse(GroupVersionKind kind, ObjectNode object, List<StatusCause> causes) {
    if (!causes.isEmpty()) {
      throw StatusException.invalid(
          kind.group(), kind.kind(), object.path("metadata").path("name").asString(""), causes);
    }
  }

  /** Says in {@code metadata.managedFields} who wrote what. */
  void recordManager(ApiCall call, ObjectNode object, ObjectNode old) {}

  /** The live object with a patch applied; the live one stays as it is. */
  ObjectNode patch(GroupVersionKind kind, ApiCall.PatchBody body, ObjectNode live) {
    return switch (body.mediaType()) {
      case "application/json-patch+json" -> JsonPatch.apply(live, body.patch());
      case "application/merge-patch+json" -> MergePatch.apply(live, body.patch());
      case "application/strategic-merge-patch+json" ->
          StrategicMergePatch.apply(live, body.patch(), schema(kind));
      default -> throw new IllegalArgumentException(body.mediaType());
    };
  }

  private static ObjectSchema schema(GroupVersionKind kind) {
    return BuiltinSchemas.get()
        .byKind(kind)
        .orElseThrow(() -> StatusException.internal("no schema of " + kind));
  }
}
