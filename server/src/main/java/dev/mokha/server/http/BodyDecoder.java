package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.server.pipeline.ApiCall.Body;
import dev.mokha.server.pipeline.ApiCall.NoBody;
import dev.mokha.server.pipeline.ApiCall.ObjectBody;
import dev.mokha.server.pipeline.ApiCall.PatchBody;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Makes an object, or a patch, of a request's body. */
final class BodyDecoder {
  private static final YAMLMapper YAML = new YAMLMapper();

  private BodyDecoder() {}

  /**
   * Decodes.
   *
   * @param contentType the header; null or empty counts as JSON
   */
  static Body decode(String verb, String contentType, byte[] body) {
    String type = mediaType(contentType);
    if (verb.equals("patch")) {
      return new PatchBody(type, body);
    }
    if (body.length == 0) {
      return NoBody.INSTANCE;
    }
    try {
      return new ObjectBody(
          switch (type) {
            case "application/json", "*/*", "" -> Json.parseObject(body);
            case "application/yaml" -> yaml(body);
            default ->
                throw new StatusException(
                    StatusReason.UNSUPPORTED_MEDIA_TYPE,
                    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
                    StatusException.Details.NONE);
          });
    } catch (JacksonException | IllegalArgumentException e) {
      String message =
          e instanceof JacksonException j ? j.getOriginalMessage() : e.getMessage();
      throw StatusException.badRequest("the body can't be read: " + message);
    }
  }

  private static ObjectNode yaml(byte[] body) {
    JsonNode tree = YAML.readTree(body);
    if (tree instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("expected one YAML mapping");
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
