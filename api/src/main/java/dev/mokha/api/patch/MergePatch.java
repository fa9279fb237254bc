package dev.mokha.api.patch;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON Merge Patch (RFC 7386): members replace members, null removes, lists are replaced whole. */
public final class MergePatch {
  private MergePatch() {}

  /**
   * The live object with the patch applied; the live object itself stays as it is.
   *
   * @throws StatusException {@code BadRequest} when the patch is no JSON object
   */
  public static ObjectNode apply(ObjectNode live, byte[] patch) {
    return (ObjectNode) merge(live, parse(patch, "merge"));
  }

  static ObjectNode parse(byte[] patch, String what) {
    try {
      return Json.parseObject(patch);
    } catch (JacksonException e) {
      throw StatusException.badRequest("error decoding patch: " + e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      throw StatusException.badRequest("a " + what + " patch must be a JSON object");
    }
  }

  static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode result = Json.MAPPER.createObjectNode();
    if (target instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        if (!changes.has(member.getKey())) {
          result.set(member.getKey(), member.getValue().deepCopy());
        } else if (!changes.get(member.getKey()).isNull()) {
          result.set(member.getKey(), merge(member.getValue(), changes.get(member.getKey())));
        }
      }
    }
    for (Map.Entry<String, JsonNode> change : changes.properties()) {
      if (!change.getValue().isNull() && !result.has(change.getKey())) {
        result.set(change.getKey(), merge(null, change.getValue()));
      }
    }
    return result;
  }
}
