package dev.mokha.server.crd.validation;

import java.util.Optional;

/** Paths such as {@code .spec.x} and {@code .labels['a.b']}, followed through a schema. */
final class FieldPaths {
  /** Where a path leads. */
  record Target(Path path, SchemaNode schema) {}

  /** A path that leads nowhere; the message says why. */
  @SuppressWarnings("serial")
  static final class BadPath extends Exception {
    BadPath(String message) {
      super(message, null, false, false);
    }
  }

  private FieldPaths() {}

  /** The path from there; empty when there is no such field. */
  static Optional<Path> resolve(String text, SchemaNode schema, Path from) {
    try {
      return Optional.of(follow(text, schema, from, true).path());
    } catch (BadPath e) {
      return Optional.empty();
    }
  }

  /**
   * Follows a path.
   *
   * @param brackets whether {@code ['key']} may be in it
   */
  static Target follow(String text, SchemaNode schema, Path from, boolean brackets) throws BadPath {
    Path path = from;
    SchemaNode at = schema;
    int i = 0;
    while (i < text.length()) {
      String name;
      if (text.charAt(i) == '.') {
        int end = i + 1;
        while (end < text.length() && ".[]".indexOf(text.charAt(end)) < 0) {
          end++;
        }
        if (end == i + 1) {
          throw new BadPath(
              end == text.length()
                  ? "unexpected end of JSON path"
                  : "does not refer to a valid field");
        }
        name = text.substring(i + 1, end);
        i = end;
      } else if (text.charAt(i) == '[') {
        if (!brackets) {
          throw new BadPath("array notation is not allowed");
        }
        int end = quoteEnd(text, i + 1);
        name = unescape(text.substring(i + 2, end));
        if (end + 1 >= text.length()) {
          throw new BadPath("unexpected end of JSON path");
        }
        if (text.charAt(end + 1) != ']') {
          throw new BadPath("expected ] but got " + text.charAt(end + 1));
        }
        i = end + 2;
      } else {
        int end = i;
        while (end < text.length() && ".[]".indexOf(text.charAt(end)) < 0) {
          end++;
        }
        throw new BadPath("expected [ or . but got: " + text.substring(i, Math.max(end, i + 1)));
      }
      if (!at.properties.isEmpty()) {
        at = at.properties.get(name);
        path = path.child(name);
      } else {
        at = at.additional;
        path = path.key(name);
      }
      if (at == null) {
        throw new BadPath("does not refer to a valid field");
      }
    }
    return new Target(path, at);
  }

  private static int quoteEnd(String text, int begin) throws BadPath {
    if (begin >= text.length()) {
      throw new BadPath("unexpected end of JSON path");
    }
    if (text.charAt(begin) == '\'') {
      for (int i = begin + 1; i < text.length(); i++) {
        if (text.charAt(i) == '\'' && text.charAt(i - 1) != '\\') {
          return i;
        }
      }
    }
    int end = begin;
    while (end < text.length() && ".[]".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    throw new BadPath("expected single quoted string but got " + text.substring(begin, end));
  }

  private static String unescape(String text) throws BadPath {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        plain.append(c);
        continue;
      }
      char next = text.charAt(++i);
      plain.append(
          switch (next) {
            case 'a' -> '\u0007';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> '\u000b';
            case '\'', '\\' -> next;
            default -> throw new BadPath("invalid string literal: invalid escape char \\" + next);
          });
    }
    return plain.toString();
  }
}
