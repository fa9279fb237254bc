package dev.mokha.api.object;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The one JSON mapper: bounded depth and length, whole numbers kept whole. */
public final class Json {
  /** Deeper bodies are refused, so that no later recursion can overflow the stack. */
  public static final int MAX_DEPTH = 200;

  /** The mapper. It is thread-safe and never reconfigured. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Parses one JSON object.
   *
   * @throws JacksonException when the bytes are not one JSON object
   */
  public static ObjectNode parseObject(byte[] json) {
    JsonNode node = MAPPER.readTree(json);
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("expected a JSON object, found " + node.getNodeType());
  }

  /** The shortest JSON text of the tree, in UTF-8. */
  public static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /** The shortest JSON text of the tree. */
  public static String text(JsonNode node) {
    return new String(bytes(node), StandardCharsets.UTF_8);
  }
}
