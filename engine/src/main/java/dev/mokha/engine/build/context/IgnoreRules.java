package dev.mokha.engine.build.context;

import dev.mokha.engine.build.BuildException;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules of a .dockerignore (Dockerfile reference, "dockerignore file"): the last pattern that
 * fits a path or a directory above it decides; {@code !} takes back.
 */
public final class IgnoreRules {
  /** Nothing is ignored. */
  public static final IgnoreRules NONE = new IgnoreRules(List.of());

  private record Rule(String path, GoPattern pattern, boolean exception) {}

  private final List<Rule> rules;
  private final boolean exceptions;

  private IgnoreRules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
    this.exceptions = rules.stream().anyMatch(Rule::exception);
  }

  /**
   * Reads a file.
   *
   * @throws BuildException when a pattern is malformed
   */
  public static IgnoreRules parse(String text) {
    List<String> patterns = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (!line.startsWith("#")) {
        patterns.add(line.strip());
      }
    }
    return of(patterns);
  }

  /** The rules of patterns, such as COPY's {@code --exclude}. */
  public static IgnoreRules of(List<String> patterns) {
    List<Rule> rules = new ArrayList<>();
    for (String raw : patterns) {
      String text = raw.startsWith("\uFEFF") ? raw.substring(1) : raw;
      boolean exception = text.startsWith("!");
      String path = String.join("/", cleaned(exception ? text.substring(1).strip() : text));
      if (path.isEmpty()) {
        continue;
      }
      try {
        rules.add(new Rule(path, GoPattern.of(path, true), exception));
      } catch (IllegalArgumentException e) {
        throw new BuildException(
            "error checking context: illegal exclusion pattern: \""
                + raw
                + "\": syntax error in"
                + " pattern",
            e);
      }
    }
    return new IgnoreRules(rules);
  }

  private static List<String> cleaned(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : FileTree.components(path)) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else {
        parts.add(part);
      }
    }
    return parts;
  }

  /** The same as patterns, cleaned: what else a client could be told to leave out. */
  public List<String> patterns() {
    return rules.stream().map(rule -> (rule.exception() ? "!" : "") + rule.path()).toList();
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /** Whether something below an ignored directory may be taken back. */
  public boolean hasExceptions() {
    return exceptions;
  }

  /** Whether a path, without a slash at its beginning, is ignored. */
  public boolean ignores(String path) {
    boolean ignored = false;
    for (Rule rule : rules) {
      if (rule.exception() == ignored && fits(rule.pattern(), path)) {
        ignored = !rule.exception();
      }
    }
    return ignored;
  }

  private static boolean fits(GoPattern pattern, String path) {
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (pattern.matches(path.substring(0, end))) {
        return true;
      }
    }
    return false;
  }
}
