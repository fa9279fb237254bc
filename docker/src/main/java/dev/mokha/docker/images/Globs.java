package dev.mokha.docker.images;

import dev.mokha.docker.http.DockerException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns as Go's {@code path.Match} has them: {@code *} and {@code ?} stop at slashes. */
final class Globs {
  private Globs() {}

  static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    boolean range = false;
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (range) {
        range = c != ']';
        regex.append(c == '[' || c == '&' ? "\\" + c : String.valueOf(c));
        continue;
      }
      switch (c) {
        case '*' -> regex.append("[^/]*");
        case '?' -> regex.append("[^/]");
        case '[' -> {
          range = true;
          regex.append('[');
        }
        case '\\' -> {
          i++;
          if (i == glob.length()) {
            throw refused();
          }
          regex.append(Pattern.quote(glob.substring(i, i + 1)));
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    if (range) {
      throw refused();
    }
    try {
      return Pattern.compile(regex.toString());
    } catch (PatternSyntaxException e) {
      throw refused();
    }
  }

  private static DockerException refused() {
    return DockerException.invalid("syntax error in pattern");
  }
}
