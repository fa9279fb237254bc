package dev.mokha.api.patch;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.JsonEquality;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON Patch (RFC 6902): a list of operations on JSON pointers, all or nothing.
 *
 * <pre>{@code
 * JsonPatch.apply(live, "[{\"op\":\"remove\",\"path\":\"/metadata/labels/old\"}]".getBytes(UTF_8));
 * }</pre>
 */
public final class JsonPatch {
  /** More operations than this are refused. */
  public static final int MOST_OPERATIONS = 10_000;

  /** What copies may add up to, in nodes, so that doubling copies can't fill the memory. */
  private static final int MOST_COPIED_NODES = 1_000_000;

  private static final String ADD = "add";
  private static final String REMOVE = "remove";
  private static final String REPLACE = "replace";
  private static final String MOVE = "move";
  private static final String COPY = "copy";
  private static final String TEST = "test";

  private JsonNode document;
  private int copiedNodes;

  private JsonPatch(JsonNode document) {
    this.document = document;
  }

  /**
   * The live object with the patch applied; the live object itself stays as it is.
   *
   * @throws StatusException {@code BadRequest} when the patch can't be read, {@code Invalid} when
   *     it does not fit the object, {@code RequestEntityTooLarge} when it is too long
   */
  public static ObjectNode apply(ObjectNode live, byte[] patch) {
    JsonNode operations;
    try {
      operations = Json.MAPPER.readTree(patch);
    } catch (JacksonException e) {
      throw StatusException.badRequest("error decoding patch: " + e.getOriginalMessage());
    }
    JsonNode result = apply((JsonNode) live, operations);
    if (result instanceof ObjectNode object) {
      return object;
    }
    throw PatchFailures.doesNotApply("the patch turns the object into something else");
  }

  /** Any document with the operations applied. */
  static JsonNode apply(JsonNode document, JsonNode operations) {
    if (!(operations instanceof ArrayNode list)) {
      throw StatusException.badRequest("a JSON patch must be an array of operations");
    }
    if (list.size() > MOST_OPERATIONS) {
      throw PatchFailures.tooLarge(
          "The allowed maximum operations in a JSON patch is %d, got %d"
              .formatted(MOST_OPERATIONS, list.size()));
    }
    JsonPatch patch = new JsonPatch(document.deepCopy());
    list.forEach(patch::operate);
    return patch.document;
  }

  private void operate(JsonNode operation) {
    String op = required(operation, "op");
    String path = required(operation, "path");
    switch (op) {
      case ADD -> add(op, path, value(operation));
      case REMOVE -> remove(op, path);
      case REPLACE -> replace(path, value(operation));
      case TEST -> test(path, operation.get("value"));
      case MOVE -> {
        String from = required(operation, "from");
        if (path.startsWith(from + "/")) {
          throw PatchFailures.doesNotApply(
              "move operation does not apply: " + from + " can't move into itself");
        }
        add(op, path, remove(op, from));
      }
      case COPY -> {
        JsonNode copy = get(op, required(operation, "from")).deepCopy();
        copiedNodes += nodes(copy);
        if (copiedNodes > MOST_COPIED_NODES) {
          throw PatchFailures.tooLarge("the copy operations of the JSON patch copy too much");
        }
        add(op, path, copy);
      }
      default -> throw PatchFailures.doesNotApply("Unexpected kind: " + op);
    }
  }

  private static String required(JsonNode operation, String member) {
    JsonNode value = operation.get(member);
    if (value == null || !value.isString()) {
      throw StatusException.badRequest(
          "each operation of a JSON patch needs the text \"%s\"; found %s"
              .formatted(member, Json.text(operation)));
    }
    return value.stringValue();
  }

  private static JsonNode value(JsonNode operation) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw StatusException.badRequest(
          "the operation " + Json.text(operation) + " of the JSON patch needs a \"value\"");
    }
    return value.deepCopy();
  }

  private void add(String op, String path, JsonNode value) {
    if (path.isEmpty()) {
      document = value;
      return;
    }
    switch (parent(op, path)) {
      case ObjectNode object -> object.set(key(path), value);
      case ArrayNode array -> {
        String key = key(path);
        array.insert(key.equals("-") ? array.size() : index(key, array.size() + 1), value);
      }
      default -> throw missingPath(op, path);
    }
  }

  private JsonNode remove(String op, String path) {
    String key = key(path);
    JsonNode removed =
        switch (parent(op, path)) {
          case ObjectNode object -> object.remove(key);
          case ArrayNode array -> array.remove(index(key, array.size()));
          default -> throw missingPath(op, path);
        };
    if (removed == null) {
      throw PatchFailures.doesNotApply(
          "error in remove for path: '%s': Unable to remove nonexistent key: %s: missing value"
              .formatted(path, key));
    }
    return removed;
  }

  private void replace(String path, JsonNode value) {
    if (path.isEmpty()) {
      document = value;
      return;
    }
    String key = key(path);
    switch (parent(REPLACE, path)) {
      case ObjectNode object when object.has(key) -> object.set(key, value);
      case ArrayNode array -> array.set(index(key, array.size()), value);
      default ->
          throw PatchFailures.doesNotApply(
              "replace operation does not apply: doc is missing key: " + path + ": missing value");
    }
  }

  private void test(String path, JsonNode expected) {
    JsonNode actual;
    try {
      actual = get(TEST, path);
    } catch (StatusException e) {
      if (expected == null || expected.isNull()) {
        return;
      }
      throw e;
    }
    if (expected == null || !JsonEquality.equal(actual, expected)) {
      throw PatchFailures.doesNotApply("testing value " + path + " failed: test failed");
    }
  }

  private JsonNode get(String op, String path) {
    JsonNode node = document;
    for (String token : tokens(path)) {
      node =
          switch (node) {
            case ObjectNode object -> object.get(token);
            case ArrayNode array -> array.get(index(token, array.size()));
            default -> null;
          };
      if (node == null) {
        throw missingPath(op, path);
      }
    }
    return node;
  }

  private JsonNode parent(String op, String path) {
    if (path.isEmpty()) {
      throw missingPath(op, path);
    }
    return get(op, path.substring(0, path.lastIndexOf('/')));
  }

  private static String key(String path) {
    return unescape(path.substring(path.lastIndexOf('/') + 1));
  }

  private static String[] tokens(String path) {
    if (path.isEmpty()) {
      return new String[0];
    }
    if (path.charAt(0) != '/') {
      throw PatchFailures.doesNotApply("the path " + path + " must begin with '/'");
    }
    String[] tokens = path.substring(1).split("/", -1);
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = unescape(tokens[i]);
    }
    return tokens;
  }

  /** RFC 6901: first {@code ~1}, then {@code ~0}. */
  private static String unescape(String token) {
    return token.indexOf('~') < 0 ? token : token.replace("~1", "/").replace("~0", "~");
  }

  private static int index(String token, int size) {
    boolean number =
        !token.isEmpty()
            && token.length() < 9
            && token.chars().allMatch(c -> c >= '0' && c <= '9')
            && (token.length() == 1 || token.charAt(0) != '0');
    int index = number ? Integer.parseInt(token) : -1;
    if (index < 0 || index >= size) {
      throw PatchFailures.doesNotApply(
          "Unable to access invalid index: " + token + ": invalid index referenced");
    }
    return index;
  }

  private static int nodes(JsonNode node) {
    int count = 1;
    for (JsonNode child : node) {
      count += nodes(child);
    }
    return count;
  }

  private static StatusException missingPath(String op, String path) {
    return PatchFailures.doesNotApply(
        op + " operation does not apply: doc is missing path: \"" + path + "\": missing value");
  }
}
