package dev.mokha.server.http;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.FieldValidation;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectDecoder.Decoded;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.Body;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.pipeline.ApiCall.PatchBody;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** Makes an object, or a patch, of a request's body: the stage decode. */
final class BodyDecoder {
  private static final GroupVersionKind DELETE_OPTIONS =
      new GroupVersionKind("", "v1", "DeleteOptions");

  /**
   * The call with its body.
   *
   * @param contentType the header; null or empty counts as JSON
   * @throws StatusException 400 when it can't be read or is of another kind, 415 when it is in a
   *     form we don't know
   */
  ApiCall decode(ApiCall call, String contentType, byte[] body) {
    String type = mediaType(contentType);
    if (call.verb().equals("patch")) {
      return call.with(new PatchBody(type, body));
    }
    if (body.length == 0) {
      return call;
    }
    GroupVersionKind kind = expected(call);
    ObjectSchema schema = call.resource().schema(kind);
    boolean custom = call.resource().isCustom() && kind.equals(call.resource().type().gvk());
    if (custom && type.equals(ProtobufCodec.CONTENT_TYPE)) {
      throw unknown("application/json, application/yaml");
    }
    Decoded decoded =
        switch (type) {
          case "application/json", "*/*", "" -> ObjectDecoder.json(body, kind, schema);
          case "application/yaml" -> ObjectDecoder.yaml(body, kind, schema);
          case ProtobufCodec.CONTENT_TYPE -> protobuf(body);
          default ->
              throw unknown(
                  "application/json, application/yaml, application/vnd.kubernetes.protobuf");
        };
    FieldValidation validation = FieldValidation.of(call.query().get("fieldValidation"));
    decoded.refuseIf(validation);
    if (validation == FieldValidation.WARN) {
      call.warnings().addAll(decoded.problems());
    }
    if (custom) {
      checkCustomKind(kind, decoded.tree(), body);
    }
    checkKind(kind, decoded.tree());
    Body object = new ObjectBody(decoded.tree());
    return call.with(object);
  }

  private static Decoded protobuf(byte[] body) {
    try {
      ProtobufCodec.Decoded decoded = ProtobufCodec.decode(body);
      return new Decoded(decoded.tree(), List.of(), decoded.kind());
    } catch (IllegalArgumentException e) {
      throw StatusException.badRequest(e.getMessage());
    }
  }

  private static GroupVersionKind expected(ApiCall call) {
    if (call.verb().equals("delete") || call.verb().equals("deletecollection")) {
      return DELETE_OPTIONS;
    }
    ResourceType type = call.resource().type();
    return call.subresource().isEmpty()
        ? type.gvk()
        : type.subresource(call.subresource())
            .map(ResourceType.Subresource::kind)
            .orElse(type.gvk());
  }

  /** A custom resource has no type of its own that could stand for a kind that is not said. */
  private static void checkCustomKind(GroupVersionKind wanted, ObjectNode tree, byte[] body) {
    String kind = tree.path("kind").asString("");
    if (kind.isEmpty()) {
      String text = new String(body, StandardCharsets.UTF_8);
      throw StatusException.badRequest(
          "the object provided is unrecognized (must be of type %s): Object 'Kind' is missing in '%s' (%s)"
              .formatted(
                  wanted.kind(), text, text.length() > 30 ? text.substring(0, 30) + " ..." : text));
    }
    boolean sameVersion = tree.path("apiVersion").asString("").equals(wanted.apiVersion());
    if (sameVersion && !kind.equals(wanted.kind())) {
      throw StatusException.invalid(
          wanted.group(),
          kind,
          tree.path("metadata").path("name").asString(""),
          List.of(
              new StatusCause(
                  "FieldValueInvalid",
                  "Invalid value: \"%s\": must be %s".formatted(kind, wanted.kind()),
                  "kind")));
    }
  }

  private static void checkKind(GroupVersionKind wanted, ObjectNode tree) {
    String kind = tree.path("kind").asString("");
    String version = tree.path("apiVersion").asString("");
    if (wanted.equals(DELETE_OPTIONS)) {
      return; // Every group has its own name for it.
    }
    if (!kind.isEmpty() && !kind.equals(wanted.kind())) {
      throw StatusException.badRequest(
          "%s in version \"%s\" cannot be handled as a %s: expected kind %s"
              .formatted(kind, version, wanted.kind(), wanted.kind()));
    }
    if (!version.isEmpty() && !version.equals(wanted.apiVersion())) {
      throw StatusException.badRequest(
          "the API version in the data (%s) does not match the expected API version (%s)"
              .formatted(version, wanted.apiVersion()));
    }
    tree.put("kind", wanted.kind()).put("apiVersion", wanted.apiVersion());
  }

  private static StatusException unknown(String accepted) {
    return new StatusException(
        StatusReason.UNSUPPORTED_MEDIA_TYPE,
        "the body of the request was in an unknown format - accepted media types include:"
            + " "
            + accepted,
        StatusException.Details.NONE);
  }

  static String mediaType(String contentType) {
    if (contentType == null) {
      return "";
    }
    int semicolon = contentType.indexOf(';');
    return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
        .trim()
        .toLowerCase(Locale.ROOT);
  }
}
