package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.managedfields.ManagedFields;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.managedfields.Write;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.api.patch.MergePatch;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.FieldValidation;
import dev.mokha.api.schema.ObjectDecoder;
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
  void checkFields(ApiCall call, ObjectNode object) {
    ServedResource r = call.resource();
    Decoded decoded = ObjectDecoder.tree(object, r.type().gvk(), r.schema());
    report(call, decoded);
  }

  /** Unknown and duplicate fields are refused, told, or dropped, as the request wishes. */
  private static void report(ApiCall call, Decoded decoded) {
    FieldValidation validation = FieldValidation.of(call.query().get("fieldValidation"));
    decoded.refuseIf(validation);
    if (validation == FieldValidation.WARN) {
      call.warnings().addAll(decoded.problems());
    }
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
    Decoded config = ObjectDecoder.yaml(body.patch(), kind, schema);
    report(call, config);
    return ServerSideApply.apply(
        live, config.tree(), schema, write(call), call.query().isTrue("force"));
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
