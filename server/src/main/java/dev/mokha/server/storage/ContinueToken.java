package dev.mokha.server.storage;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where the next page of a list begins: in which snapshot, after which key.
 *
 * @param revision the snapshot's; {@link #NEWEST} to go on with whatever is there now
 * @param after the key of the last object of the page before
 */
public record ContinueToken(long revision, String after) {
  /** The rest of a list whose snapshot is forgotten: it does not fit to what came before. */
  public static final long NEWEST = -1;

  /** The text clients pass back. */
  public String encode() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("v", "mokha/v1").put("rv", revision).put("start", after);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(tree));
  }

  /**
   * Reads the text.
   *
   * @throws StatusException {@code BadRequest} when it is not one of ours
   */
  public static ContinueToken decode(String text) {
    try {
      ObjectNode tree =
          Json.parseObject(Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.UTF_8)));
      if (tree.path("v").asString("").equals("mokha/v1") && tree.path("rv").asLong(0) != 0) {
        return new ContinueToken(tree.path("rv").asLong(), tree.path("start").asString(""));
      }
    } catch (IllegalArgumentException | JacksonException e) {
      // Not one of ours, whatever else it may be.
    }
    throw StatusException.badRequest(
        "invalid continue token: continue key is not valid: it is not a token of this server");
  }
}
