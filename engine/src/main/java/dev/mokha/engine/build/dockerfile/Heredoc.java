package dev.mokha.engine.build.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A here-document.
 *
 * @param name the word that ends it
 * @param expand whether variables in it are expanded: its word was not quoted
 * @param chomp whether tabs at the beginning of its lines are dropped ({@code <<-})
 * @param content its lines
 */
public record Heredoc(String name, boolean expand, boolean chomp, String content) {
  private static final Pattern FORM = Pattern.compile("\\d*<<(-?)([^<]+)");

  /** The here-document that a word begins, still without content. */
  static Optional<Heredoc> of(String word) {
    Matcher matcher = FORM.matcher(word);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    StringBuilder name = new StringBuilder();
    boolean quoted = false;
    char open = 0;
    String raw = matcher.group(2);
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (open == 0 && (c == '"' || c == '\'')) {
        open = c;
        quoted = true;
      } else if (open != 0 && c == open) {
        open = 0;
      } else if (c == '\\' && open != '\'' && i + 1 < raw.length()) {
        quoted = true;
        name.append(raw.charAt(++i));
      } else {
        name.append(c);
      }
    }
    if (open != 0 || name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Heredoc(name.toString(), !quoted, !matcher.group(1).isEmpty(), ""));
  }

  /** Those that a line begins, in order. */
  static List<Heredoc> in(String line) {
    List<Heredoc> found = new ArrayList<>();
    for (String word : Words.shell(line)) {
      of(word).ifPresent(found::add);
    }
    return found;
  }

  Heredoc with(String newContent) {
    return new Heredoc(name, expand, chomp, newContent);
  }

  /** Its lines and its end, as a shell reads them. */
  public String text() {
    return content + name + "\n";
  }
}
