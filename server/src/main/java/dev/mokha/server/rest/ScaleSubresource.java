package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.rest.CustomVersion.ScalePaths;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code scale} of everything that has replicas: an {@code autoscaling/v1 Scale} made of the
 * object, whose {@code spec.replicas} can be changed.
 */
final class ScaleSubresource implements Subresource {
  private static final GroupVersionKind SCALE = new GroupVersionKind("autoscaling", "v1", "Scale");
  private static final ScalePaths BUILT_IN =
      new ScalePaths(
          List.of("spec", "replicas"), List.of("status", "replicas"), List.of("spec", "selector"));

  /** Admission sees a Scale, and may change how many replicas there shall be. */
  private static AdmissionForm asScale(ScalePaths paths) {
    return new AdmissionForm() {
      @Override
      public GroupVersionKind kind(ServedResource resource) {
        return SCALE;
      }

      @Override
      public ObjectNode show(ObjectNode object) {
        return scale(paths, object);
      }

      @Override
      public KubeObject show(KubeObject old) {
        return KubeObject.of(scale(paths, old.toTree()));
      }

      @Override
      public void take(ObjectNode shown, ObjectNode object) {
        setReplicas(object, paths, shown.path("spec").path("replicas").asInt(0));
      }
    };
  }

  private final Reader reader;
  private final Updater updater;
  private final ObjectModel model;

  ScaleSubresource(Reader reader, Updater updater, ObjectModel model) {
    this.reader = requireNonNull(reader, "reader");
    this.updater = requireNonNull(updater, "updater");
    this.model = requireNonNull(model, "model");
  }

  @Override
  public Answer handle(ApiCall call) {
    ServedResource r = call.resource();
    return switch (call.verb()) {
      case "get" -> new Answer.Tree(200, scale(paths(r), r.view(reader.stored(r, call)).toTree()));
      case "update" -> {
        ObjectNode sent = call.object();
        yield change(call, s -> sent);
      }
      case "patch" -> change(call, s -> model.patch(r, SCALE, Patcher.body(call), s));
      default -> throw RestHandler.methodNotAllowed(call);
    };
  }

  private Answer change(ApiCall call, UnaryOperator<ObjectNode> change) {
    ServedResource r = call.resource();
    KubeObject changed =
        r.view(
            updater.change(
                call,
                old -> {
                  ObjectNode wanted = change.apply(scale(paths(r), old));
                  ObjectNode updated = old.deepCopy();
                  check(call, wanted);
                  setReplicas(updated, paths(r), wanted.path("spec").path("replicas").asInt(0));
                  String revision = Metadata.text(wanted, "resourceVersion");
                  if (revision.isEmpty()) {
                    Metadata.of(updated).remove("resourceVersion");
                  } else {
                    Metadata.of(updated).put("resourceVersion", revision);
                  }
                  return updated;
                },
                asScale(paths(r))));
    return new Answer.Tree(200, scale(paths(r), changed.toTree()));
  }

  private static void check(ApiCall call, ObjectNode scale) {
    JsonNode replicas = scale.path("spec").path("replicas");
    if (call.resource().isCustom() && replicas.isIntegralNumber() && replicas.asInt() < 0) {
      String path = "." + String.join(".", paths(call.resource()).specReplicas());
      throw StatusException.invalid(
          call.resource().group(),
          call.resource().type().kind(),
          call.name(),
          List.of(
              new StatusCause(
                  "FieldValueInvalid",
                  "Invalid value: " + replicas + ": should be a non-negative integer",
                  path)));
    }
    if (!replicas.isMissingNode() && (!replicas.isIntegralNumber() || replicas.asInt() < 0)) {
      throw StatusException.invalid(
          SCALE.group(),
          SCALE.kind(),
          call.name(),
          List.of(
              new StatusCause(
                  "FieldValueInvalid",
                  "Invalid value: " + replicas + ": must be greater than or equal to 0",
                  "spec.replicas")));
    }
    if (call.body() instanceof ObjectBody && Metadata.text(scale, "name").isEmpty()) {
      Metadata.of(scale).put("name", call.name());
    }
  }

  private static ScalePaths paths(ServedResource resource) {
    return resource.isCustom() ? resource.custom().scale() : BUILT_IN;
  }

  private static void setReplicas(ObjectNode object, ScalePaths paths, int replicas) {
    ObjectNode at = object;
    for (String field : paths.specReplicas().subList(0, paths.specReplicas().size() - 1)) {
      at = at.get(field) instanceof ObjectNode child ? child : at.putObject(field);
    }
    at.put(paths.specReplicas().getLast(), replicas);
  }

  private static JsonNode at(JsonNode object, List<String> path) {
    JsonNode at = object;
    for (String field : path) {
      at = at.path(field);
    }
    return at;
  }

  private static ObjectNode scale(ScalePaths paths, ObjectNode object) {
    ObjectNode scale = Json.MAPPER.createObjectNode();
    scale.put("kind", SCALE.kind()).put("apiVersion", SCALE.apiVersion());
    ObjectNode meta = scale.putObject("metadata");
    for (String field :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      JsonNode value = object.path("metadata").get(field);
      if (value != null) {
        meta.set(field, value);
      }
    }
    ObjectNode spec = scale.putObject("spec");
    JsonNode wanted = at(object, paths.specReplicas());
    if (!wanted.isNumber() && !paths.equals(BUILT_IN)) {
      throw StatusException.internal(
          "the spec replicas field \".%s\" does not exist"
              .formatted(String.join(".", paths.specReplicas())));
    }
    int replicas = wanted.asInt(1);
    if (replicas != 0) {
      spec.put("replicas", replicas);
    }
    ObjectNode status = scale.putObject("status");
    status.put("replicas", at(object, paths.statusReplicas()).asInt(0));
    JsonNode given = at(object, paths.selector());
    String selector =
        paths.selector().isEmpty() ? "" : given.isString() ? given.stringValue() : selector(given);
    if (!selector.isEmpty()) {
      status.put("selector", selector);
    }
    return scale;
  }

  /** The text form; a ReplicationController's selector is a plain map. */
  private static String selector(JsonNode selector) {
    if (selector.isMissingNode() || selector.isNull()) {
      return "";
    }
    if (selector.has("matchLabels") || selector.has("matchExpressions") || selector.isEmpty()) {
      return LabelSelector.ofObject(selector).toString();
    }
    ObjectNode form = Json.MAPPER.createObjectNode();
    form.set("matchLabels", selector);
    return LabelSelector.ofObject(form).toString();
  }
}
