package dev.mokha.engine.build.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Splits instructions' arguments. Quotes stay: they go when variables are expanded. */
final class Words {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Words() {}

  static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\u000b' || c == '\f' || c == '\r' || c == '\n';
  }

  /** At white space, whatever is quoted. */
  static List<String> plain(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean space = i == text.length() || isSpace(text.charAt(i));
      if (space && start >= 0) {
        words.add(text.substring(start, i));
        start = -1;
      } else if (!space && start < 0) {
        start = i;
      }
    }
    return words;
  }

  /** At white space that is neither quoted nor escaped, as a shell does. */
  static List<String> shell(String text) {
    return quoted(text, '\\');
  }

  /** At white space that is neither quoted nor escaped; {@code name="a b"} is one word. */
  static List<String> quoted(String text, char escape) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char open = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (open == 0 && isSpace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
        continue;
      }
      inWord = true;
      word.append(c);
      if (c == escape && open != '\'' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else if (open == 0 && (c == '"' || c == '\'')) {
        open = c;
      } else if (c == open) {
        open = 0;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  /**
   * A JSON array of strings; empty when the text is something else.
   *
   * @throws IllegalArgumentException when it is an array of other things too
   */
  static Optional<List<String>> json(String text) {
    if (!text.stripLeading().startsWith("[")) {
      return Optional.empty();
    }
    JsonNode node;
    try {
      node = STRICT.readTree(text);
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
    if (!node.isArray()) {
      return Optional.empty();
    }
    List<String> words = new ArrayList<>();
    for (JsonNode item : node) {
      if (!item.isString()) {
        throw new IllegalArgumentException(
            "when using JSON array syntax, arrays must be comprised of strings only");
      }
      words.add(item.asString());
    }
    return Optional.of(words);
  }
}
