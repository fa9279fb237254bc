package dev.mokha.api.object;

import static java.util.Objects.requireNonNull;

import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Finds a single value in kept bytes with no tree: reads tokens until the value is reached and
 * skips everything beside its path.
 */
public final class FieldScan {
  private FieldScan() {}

  /**
   * The text of the scalar at the path; of an array the text of its first scalar, or of the named
   * field of its first object when the path goes on.
   *
   * @return null when there is nothing, or no scalar, at the path
   */
  public static String text(byte[] json, List<String> path) {
    requireNonNull(path, "path");
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      parser.nextToken();
      for (String name : path) {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
          parser.nextToken();
        }
        if (parser.currentToken() != JsonToken.START_OBJECT || !enter(parser, name)) {
          return null;
        }
      }
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        parser.nextToken();
      }
      JsonToken token = parser.currentToken();
      return token.isScalarValue() && token != JsonToken.VALUE_NULL ? parser.getString() : null;
    }
  }

  private static boolean enter(JsonParser parser, String name) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean found = parser.currentName().equals(name);
      parser.nextToken();
      if (found) {
        return true;
      }
      parser.skipChildren();
    }
    return false;
  }
}
