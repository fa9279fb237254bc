package dev.mokha.node.environment;

import java.util.Map;

/**
 * {@code $(NAME)} references in env values, command and args: replaced when NAME is known, left as
 * they are when not; {@code $$} is one dollar sign (Container.command in the API reference).
 */
public final class Expansion {
  private Expansion() {}

  /** The text with its references replaced. */
  public static String expand(String text, Map<String, String> variables) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != '$' || i + 1 == text.length()) {
        out.append(c);
        i++;
        continue;
      }
      char next = text.charAt(i + 1);
      int end = next == '(' ? text.indexOf(')', i + 2) : -1;
      if (next == '$') {
        out.append('$');
        i += 2;
      } else if (end > 0) {
        String name = text.substring(i + 2, end);
        String value = variables.get(name);
        out.append(value == null ? "$(" + name + ")" : value);
        i = end + 1;
      } else {
        out.append('$').append(next);
        i += 2;
      }
    }
    return out.toString();
  }
}
