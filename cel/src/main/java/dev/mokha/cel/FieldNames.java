package dev.mokha.cel;

import java.util.Optional;
import java.util.Set;

/**
 * How names of JSON fields are written in expressions, where a name must be an identifier and no
 * reserved word (Kubernetes' documentation of validation rules, "escaping").
 */
public final class FieldNames {
  private static final Set<String> RESERVED =
      Set.of(
          "true",
          "false",
          "null",
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");

  private FieldNames() {}

  /** The name in expressions; empty for one that no expression can name. */
  public static Optional<String> escape(String name) {
    if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
      return Optional.empty();
    }
    if (RESERVED.contains(name)) {
      return Optional.of("__" + name + "__");
    }
    StringBuilder escaped = null;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      String word =
          switch (c) {
            case '.' -> "__dot__";
            case '-' -> "__dash__";
            case '/' -> "__slash__";
            case '_' ->
                i + 1 < name.length() && name.charAt(i + 1) == '_' ? "__underscores__" : null;
            default -> null;
          };
      if (word == null && !isWordPart(c)) {
        return Optional.empty();
      }
      if (word != null && escaped == null) {
        escaped = new StringBuilder(name.length() + 16).append(name, 0, i);
      }
      if (word != null) {
        escaped.append(word);
        i += c == '_' ? 1 : 0;
      } else if (escaped != null) {
        escaped.append(c);
      }
    }
    return Optional.of(escaped == null ? name : escaped.toString());
  }

  /** The name in JSON of a name in expressions. */
  public static String unescape(String escaped) {
    if (escaped.indexOf("__") < 0) {
      return escaped;
    }
    if (escaped.startsWith("__") && escaped.endsWith("__") && escaped.length() > 4) {
      String word = escaped.substring(2, escaped.length() - 2);
      if (RESERVED.contains(word)) {
        return word;
      }
    }
    return escaped
        .replace("__dot__", ".")
        .replace("__dash__", "-")
        .replace("__slash__", "/")
        .replace("__underscores__", "__");
  }

  private static boolean isWordPart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
}
