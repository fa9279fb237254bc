package dev.mokha.client;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import io.fabric8.kubernetes.api.model.HasMetadata;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The way between an object's bytes and its Java type. */
public final class Typed {
  private Typed() {}

  /**
   * Decodes an object.
   *
   * @throws StatusException when the object does not fit the type
   */
  public static <T extends HasMetadata> T decode(KubeObject object, Kind<T> kind) {
    try {
      T typed = Json.MAPPER.readValue(object.json(), kind.type());
      // Items of a list may come without their kind; typed code relies on it (owner references,
      // events).
      if (typed.getKind() == null) {
        typed.setApiVersion(kind.resource().groupVersion());
      }
      return typed;
    } catch (JacksonException e) {
      throw StatusException.internal(
          "the " + kind.kind() + " " + object.name() + " can't be decoded: " + e.getMessage());
    }
  }

  /** Encodes an object of a kind; its apiVersion and kind are set from the kind. */
  public static <T extends HasMetadata> KubeObject encode(T object, Kind<T> kind) {
    ObjectNode tree = tree(object);
    tree.put("apiVersion", kind.resource().groupVersion());
    tree.put("kind", kind.kind());
    return KubeObject.of(tree);
  }

  /** Encodes a body that is no resource of its own, such as a Binding. */
  public static KubeObject encode(Object body) {
    return KubeObject.of(tree(body));
  }

  /** The JSON tree of a typed object. */
  public static ObjectNode tree(Object typed) {
    JsonNode node = Json.MAPPER.valueToTree(typed);
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException(typed.getClass() + " is no JSON object");
  }
}
