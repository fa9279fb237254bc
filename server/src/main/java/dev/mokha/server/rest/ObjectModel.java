package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.managedfields.ManagedFields;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.managedfields.Write;
import dev.mokha.api.object.Json;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.api.patch.MergePatch;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.FieldValidation;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectDecoder.Applied;
import dev.mokha.api.schema.ObjectDecoder.Decoded;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.validation.AdmissionRules;
import dev.mokha.api.validation.ObjectValidator;
import dev.mokha.api.validation.Validation;
import dev.mokha.server.admission.policies.ExpressionChecks;
import dev.mokha.server.crd.validation.CustomValidator;
import dev.mokha.server.crd.validation.DefinitionValidator;
import dev.mokha.server.pipeline.ApiCall;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What the api module knows about objects, as the verbs need it. */
final class ObjectModel {
  /** The kinds whose rules need what the api module does not have: a compiler of expressions. */
  private static final Map<String, ObjectValidator> WITH_EXPRESSIONS =
      AdmissionRules.validators(ExpressionChecks::new);

  private final InstantSource clock;

  ObjectModel(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /** Fills in what the object does not say. */
  void setDefaults(ServedResource resource, ObjectNode object) {
    Defaulting.apply(object, resource.schema());
  }

  /** The same for what a subresource takes, which may be of a kind of its own. */
  void setDefaults(ServedResource resource, GroupVersionKind kind, ObjectNode object) {
    Defaulting.apply(object, resource.schema(kind));
  }

  /** Drops or refuses what the kind's schema does not know, as the request wishes. */
  void checkFields(ApiCall call, ApiCall.PatchBody patch, ObjectNode object) {
    ServedResource r = call.resource();
    FieldValidation validation = FieldValidation.of(call.query().get("fieldValidation"));
    String before = validation == FieldValidation.STRICT ? Json.text(object) : "";
    Decoded decoded = ObjectDecoder.tree(object, r.type().gvk(), r.schema());
    if (validation == FieldValidation.IGNORE) {
      return;
    }
    List<String> problems = new ArrayList<>(ObjectDecoder.duplicates(patch.patch()));
    if (patch.mediaType().equals("application/json-patch+json")) {
      problems.replaceAll(p -> "json patch " + p);
    }
    problems.addAll(decoded.problems());
    if (problems.isEmpty()) {
      return;
    }
    if (validation == FieldValidation.WARN) {
      call.warnings().addAll(problems);
      return;
    }
    throw StatusException.invalid(
        "",
        "",
        "",
        List.of(
            new StatusCause(
                "FieldValueInvalid",
                "Invalid value: %s: strict decoding error: %s"
                    .formatted(
                        Json.text(Json.MAPPER.stringNode(before)), String.join(", ", problems)),
                "patch")));
  }

  /** Refuses an object that breaks a rule of its kind. */
  void validateCreate(ServedResource resource, ObjectNode object) {
    GroupVersionKind kind = resource.type().gvk();
    refuse(
        kind,
        object,
        resource.isCustom()
            ? resource.custom().validator().validateCreate(object)
            : builtInCreate(kind, object));
  }

  private static List<StatusCause> builtInCreate(GroupVersionKind kind, ObjectNode object) {
    List<StatusCause> causes = rules(kind).validateCreate(object);
    return isDefinition(kind) ? with(causes, DefinitionValidator.validateCreate(object)) : causes;
  }

  private static List<StatusCause> builtInUpdate(
      GroupVersionKind kind, ObjectNode object, ObjectNode old) {
    List<StatusCause> causes = rules(kind).validateUpdate(object, old);
    return isDefinition(kind)
        ? with(causes, DefinitionValidator.validateUpdate(object, old))
        : causes;
  }

  private static boolean isDefinition(GroupVersionKind kind) {
    return kind.kind().equals("CustomResourceDefinition")
        && kind.group().equals("apiextensions.k8s.io");
  }

  private static List<StatusCause> with(List<StatusCause> some, List<StatusCause> more) {
    List<StatusCause> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  /** Refuses a change that breaks a rule of the kind. */
  void validateUpdate(
      ServedResource resource, String subresource, ObjectNode object, ObjectNode old) {
    GroupVersionKind kind = resource.type().gvk();
    refuse(
        kind,
        object,
        resource.isCustom()
            ? customUpdate(resource.custom().validator(), subresource, object, old)
            : subresource.isEmpty()
                ? builtInUpdate(kind, object, old)
                : rules(kind).validateSubresourceUpdate(subresource, object, old));
  }

  private static ObjectValidator rules(GroupVersionKind kind) {
    ObjectValidator own = WITH_EXPRESSIONS.get(kind.group() + "/" + kind.kind());
    return own == null ? Validation.forKind(kind) : own;
  }

  private static List<StatusCause> customUpdate(
      CustomValidator validator, String subresource, ObjectNode object, ObjectNode old) {
    return subresource.equals("status")
        ? validator.validateStatusUpdate(object, old)
        : validator.validateUpdate(object, old);
  }

  private static void refuse(GroupVersionKind kind, ObjectNode object, List<StatusCause> causes) {
    if (!causes.isEmpty()) {
      throw StatusException.invalid(
          kind.group(), kind.kind(), object.path("metadata").path("name").asString(""), causes);
    }
  }

  /** Says in {@code metadata.managedFields} who wrote what. */
  void recordManager(ApiCall call, ObjectNode object, ObjectNode old) {
    if (isApply(call)) {
      return; // Applying has written it down already.
    }
    ManagedFields.track(old, object, call.resource().schema(), write(call));
  }

  static boolean isApply(ApiCall call) {
    return call.body() instanceof ApiCall.PatchBody p && p.mediaType().equals(Patcher.APPLY);
  }

  /**
   * The live object with the call's configuration applied.
   *
   * @param live null when there is none yet
   */
  ObjectNode apply(ApiCall call, ApiCall.PatchBody body, ObjectNode live) {
    GroupVersionKind kind = call.resource().type().gvk();
    ObjectSchema schema = call.resource().schema();
    Applied config = ObjectDecoder.applied(body.patch(), kind, schema);
    refuseUndeclared(call, config);
    refuseDuplicates(call, config);
    return ServerSideApply.apply(
        live, config.tree(), schema, write(call), call.query().isTrue("force"));
  }

  /** Apply knows no way to own a field without a schema, so it refuses it whatever was asked. */
  private static void refuseUndeclared(ApiCall call, Applied config) {
    if (config.undeclared().isEmpty()) {
      return;
    }
    List<String> wrong =
        config.undeclared().stream().map(f -> f + ": field not declared in schema").toList();
    throw new StatusException(
        StatusReason.INTERNAL_ERROR,
        "failed to create typed patch object (%s/%s; %s, Kind=%s): %s"
            .formatted(
                Metadata.text(config.tree(), "namespace"),
                Metadata.text(config.tree(), "name"),
                call.resource().type().gvr().groupVersion(),
                call.resource().type().kind(),
                wrong.size() == 1 ? wrong.get(0) : "errors:\n  " + String.join("\n  ", wrong)),
        StatusException.Details.NONE);
  }

  private static void refuseDuplicates(ApiCall call, Applied config) {
    FieldValidation validation = FieldValidation.of(call.query().get("fieldValidation"));
    if (config.duplicates().isEmpty() || validation == FieldValidation.IGNORE) {
      return;
    }
    if (validation == FieldValidation.STRICT) {
      throw StatusException.badRequest(
          "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  "
              + String.join("\n  ", config.duplicates()));
    }
    call.warnings().addAll(config.duplicates());
  }

  private Write write(ApiCall call) {
    boolean hasStatus = call.resource().type().subresource("status").isPresent();
    Set<String> ignored =
        switch (call.subresource()) {
          case "" -> hasStatus ? Set.of("status") : Set.of();
          case "status" -> Set.of("spec");
          default -> Set.of();
        };
    return new Write(
        call.fieldManager(),
        call.resource().type().gvr().groupVersion(),
        call.subresource(),
        clock.instant(),
        ignored);
  }

  /** The live object with a patch applied; the live one stays as it is. */
  ObjectNode patch(
      ServedResource resource, GroupVersionKind kind, ApiCall.PatchBody body, ObjectNode live) {
    return switch (body.mediaType()) {
      case "application/json-patch+json" -> JsonPatch.apply(live, body.patch());
      case "application/merge-patch+json" -> MergePatch.apply(live, body.patch());
      case "application/strategic-merge-patch+json" ->
          StrategicMergePatch.apply(live, body.patch(), resource.schema(kind));
      default -> throw new IllegalArgumentException(body.mediaType());
    };
  }
}
