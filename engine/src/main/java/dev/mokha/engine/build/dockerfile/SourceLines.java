package dev.mokha.engine.build.dockerfile;

import dev.mokha.engine.build.BuildException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Joins a Dockerfile's lines to instructions: directives, comments, continuations and
 * here-documents.
 */
final class SourceLines {
  private static final Pattern DIRECTIVE =
      Pattern.compile("#\\s*([a-zA-Z][a-zA-Z0-9]*)\\s*=\\s*(.+?)\\s*");
  private static final Set<String> DIRECTIVES = Set.of("syntax", "escape", "check");
  private static final Set<String> WITH_HEREDOCS = Set.of("ADD", "COPY", "RUN");
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final List<String> lines;
  private final List<Logical> found = new ArrayList<>();
  private char escape = '\\';
  private int next;

  /**
   * An instruction's text.
   *
   * @param line where it begins, from 1
   * @param text continuations joined, ends trimmed
   * @param heredocs what follows it
   */
  record Logical(int line, String text, List<Heredoc> heredocs) {}

  private final List<Integer> emptyContinuations = new ArrayList<>();
  private String check = "";

  private SourceLines(String text) {
    String plain = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    lines = List.of(plain.split("\n", -1));
  }

  /** What was read: the escape character, the instructions, and what checks look at. */
  record Read(char escape, List<Logical> lines, Dockerfile.Remarks remarks) {}

  static Read read(String text) {
    SourceLines source = new SourceLines(text);
    source.directives();
    while (source.next < source.lines.size()) {
      source.instruction();
    }
    return new Read(
        source.escape,
        source.found,
        new Dockerfile.Remarks(source.check, source.emptyContinuations));
  }

  private void directives() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = DIRECTIVE.matcher(lines.get(i).strip());
      if (!matcher.matches()) {
        return;
      }
      String name = matcher.group(1).toLowerCase(Locale.ROOT);
      if (!DIRECTIVES.contains(name)) {
        return;
      }
      if (!seen.add(name)) {
        throw BuildException.parse(i + 1, "only one " + name + " parser directive can be used");
      }
      if (name.equals("check")) {
        check = matcher.group(2);
      }
      if (name.equals("escape")) {
        String value = matcher.group(2);
        if (!value.equals("\\") && !value.equals("`")) {
          throw BuildException.parse(
              i + 1, "invalid escape token '" + value + "' does not match ` or \\");
        }
        escape = value.charAt(0);
      }
    }
  }

  private static boolean isComment(String line) {
    return line.stripLeading().startsWith("#");
  }

  /** A line without carriage return, and without the comment it may be. */
  private static String clean(String line) {
    String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    return isComment(text) ? "" : text;
  }

  private int continuation(String line) {
    int end = line.length();
    while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
      end--;
    }
    boolean continued =
        end > 0 && line.charAt(end - 1) == escape && (end == 1 || line.charAt(end - 2) != escape);
    return continued ? end - 1 : -1;
  }

  private void instruction() {
    int start = next + 1;
    String line = clean(lines.get(next++)).stripLeading();
    StringBuilder text = new StringBuilder();
    int cut = continuation(line);
    text.append(cut < 0 ? line : line.substring(0, cut));
    if (cut < 0 && text.toString().isBlank()) {
      return;
    }
    boolean empty = false;
    while (cut >= 0 && next < lines.size()) {
      String raw = lines.get(next++);
      if (isComment(raw) || raw.isBlank()) {
        empty |= raw.isBlank();
        continue;
      }
      line = clean(raw);
      cut = continuation(line);
      text.append(cut < 0 ? line : line.substring(0, cut));
    }
    if (empty && cut < 0) {
      emptyContinuations.add(next);
    }
    String whole = text.toString().strip();
    if (!whole.isEmpty()) {
      found.add(new Logical(start, whole, heredocs(start, whole)));
    }
  }

  private List<Heredoc> heredocs(int start, String text) {
    List<String> words = Words.plain(text.substring(0, Math.min(text.length(), 64)));
    int keyword = words.get(0).equalsIgnoreCase("ONBUILD") && words.size() > 1 ? 1 : 0;
    if (!WITH_HEREDOCS.contains(words.get(keyword).toUpperCase(Locale.ROOT))
        || !text.contains("<<")) {
      return List.of();
    }
    List<Heredoc> heredocs = new ArrayList<>();
    for (Heredoc begun : Heredoc.in(text)) {
      StringBuilder content = new StringBuilder();
      boolean ended = false;
      while (next < lines.size() && !ended) {
        String line = lines.get(next++);
        String bare = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        if (begun.chomp()) {
          int tabs = 0;
          while (tabs < bare.length() && bare.charAt(tabs) == '\t') {
            tabs++;
          }
          bare = bare.substring(tabs);
          line = bare;
        }
        ended = bare.equals(begun.name());
        if (!ended) {
          content.append(line).append('\n');
        }
      }
      if (!ended) {
        throw BuildException.parse(start, "unterminated heredoc");
      }
      heredocs.add(begun.with(content.toString()));
    }
    return heredocs;
  }
}
