package dev.mokha.engine.build.context;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Patterns of paths: those of Go's filepath.Match ({@code *} and {@code ?} match no slash, {@code
 * [a-z]}, {@code [^x]}, {@code \} takes a meaning away), and {@code **} for any number of
 * directories where .dockerignore allows it.
 */
public final class GoPattern {
  private final Pattern regex;

  private GoPattern(Pattern regex) {
    this.regex = regex;
  }

  /** Whether a text is more than a plain path. */
  public static boolean isPattern(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '*' || c == '?' || c == '[') {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads one.
   *
   * @param deep whether {@code **} stands for any number of directories
   * @throws IllegalArgumentException when it is malformed
   */
  public static GoPattern of(String pattern, boolean deep) {
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i++);
      switch (c) {
        case '*' -> {
          if (deep && i < pattern.length() && pattern.charAt(i) == '*') {
            i++;
            boolean slash = i < pattern.length() && pattern.charAt(i) == '/';
            if (slash) {
              i++;
            }
            out.append(slash ? "(?:.*/)?" : ".*");
          } else {
            out.append("[^/]*");
          }
        }
        case '?' -> out.append("[^/]");
        case '\\' -> {
          if (i == pattern.length()) {
            throw new IllegalArgumentException("syntax error in pattern");
          }
          out.append(Pattern.quote(String.valueOf(pattern.charAt(i++))));
        }
        case '[' -> i = range(pattern, i, out);
        default -> out.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return new GoPattern(Pattern.compile(out.toString(), Pattern.DOTALL));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("syntax error in pattern", e);
    }
  }

  private static int range(String pattern, int start, StringBuilder out) {
    int i = start;
    out.append("(?!/)[");
    if (i < pattern.length() && pattern.charAt(i) == '^') {
      out.append('^');
      i++;
    }
    boolean any = false;
    while (i < pattern.length() && (pattern.charAt(i) != ']' || !any)) {
      char c = pattern.charAt(i++);
      if (c == '\\') {
        if (i == pattern.length()) {
          throw new IllegalArgumentException("syntax error in pattern");
        }
        c = pattern.charAt(i++);
        out.append('\\').append(c);
      } else if (c == '-' && any) {
        out.append('-');
      } else if (Character.isLetterOrDigit(c)) {
        out.append(c);
      } else {
        out.append('\\').append(c);
      }
      any = true;
    }
    if (i >= pattern.length()) {
      throw new IllegalArgumentException("syntax error in pattern");
    }
    out.append(']');
    return i + 1;
  }

  /** Whether a whole path fits. */
  public boolean matches(String path) {
    return regex.matcher(path).matches();
  }
}
