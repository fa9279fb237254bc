package dev.mokha.registry.storage;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;

/**
 * A tag (distribution spec, "Pulling manifests"); safe as a file name.
 *
 * @param name up to 128 letters, digits, points, dashes and underscores
 */
public record Tag(String name) implements Reference {
  private static final int LONGEST = 128;

  /** Refuses what is no tag. */
  public Tag {
    if (!isTag(name)) {
      String shown = name.length() > LONGEST ? name.substring(0, LONGEST) + "..." : name;
      throw new RegistryException(
          ErrorCode.TAG_INVALID,
          "\""
              + shown
              + "\" is not a tag; it has up to 128 letters, digits, points, dashes and underscores,"
              + " and begins with neither point nor dash");
    }
  }

  /** Reads one. */
  public static Tag parse(String text) {
    return new Tag(text);
  }

  /** Whether a text is a tag. */
  public static boolean isTag(String text) {
    if (text.isEmpty() || text.length() > LONGEST || !isWord(text.charAt(0))) {
      return false;
    }
    return text.chars().allMatch(c -> isWord(c) || c == '.' || c == '-');
  }

  private static boolean isWord(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
  }

  @Override
  public String toString() {
    return name;
  }
}
