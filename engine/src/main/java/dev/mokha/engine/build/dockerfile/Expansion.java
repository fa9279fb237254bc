package dev.mokha.engine.build.dockerfile;

import dev.mokha.engine.build.BuildException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Expands variables and takes quotes away, as a POSIX shell does: {@code $NAME}, {@code ${NAME}},
 * {@code ${NAME:-word}}, {@code :+}, {@code :?} and the same without colon, {@code #}, {@code ##},
 * {@code %}, {@code %%}, {@code /} and {@code //} with patterns.
 */
public final class Expansion {
  private static final int MAX_DEPTH = 64;

  private final String source;
  private final char escape;
  private final Function<String, String> variables;
  private final boolean quotes;
  private final List<String> words = new ArrayList<>();
  private final List<String> unset = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean begun;
  private int at;
  private int depth;

  private Expansion(
      String source, char escape, Function<String, String> variables, boolean quotes) {
    this.source = source;
    this.escape = escape;
    this.variables = variables;
    this.quotes = quotes;
  }

  /**
   * One word.
   *
   * @param variables gives a variable's value, null for one that is not set
   * @throws BuildException when it ends too early or wants a variable that is not there
   */
  public static String word(String text, char escape, Function<String, String> variables) {
    return new Expansion(text, escape, variables, true).whole();
  }

  /** The same, where what variables and quotes leave is split at white space. */
  public static List<String> words(String text, char escape, Function<String, String> variables) {
    Expansion expansion = new Expansion(text, escape, variables, true);
    expansion.whole();
    if (expansion.begun) {
      expansion.words.add(expansion.word.toString());
    }
    return expansion.words;
  }

  /**
   * The variables that a word uses and that have no value: all but those for which it says another
   * one, {@code ${NAME:-word}}.
   */
  public static List<String> unset(String text, char escape, Function<String, String> variables) {
    Expansion expansion = new Expansion(text, escape, variables, true);
    expansion.whole();
    return expansion.unset;
  }

  /** A here-document: quotes mean nothing in it. */
  public static String document(String text, char escape, Function<String, String> variables) {
    return new Expansion(text, escape, variables, false).whole();
  }

  private String whole() {
    try {
      return process((char) 0, true);
    } catch (IllegalArgumentException e) {
      throw new BuildException("failed to process " + quote(source) + ": " + e.getMessage(), e);
    }
  }

  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /**
   * Reads to a character that ends it.
   *
   * @param stop the character; 0 for the end of the text
   * @param split whether white space outside of quotes ends words
   */
  private String process(char stop, boolean split) {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException("substitutions are nested too deeply");
    }
    StringBuilder result = new StringBuilder();
    while (at < source.length()) {
      char c = source.charAt(at);
      if (stop != 0 && c == stop) {
        depth--;
        return result.toString();
      }
      if (quotes && c == '\'') {
        add(result, single(), split, true);
      } else if (quotes && c == '"') {
        add(result, doubled(), split, true);
      } else if (c == '$') {
        add(result, dollar(), split, false);
      } else if (c == escape) {
        at++;
        if (at < source.length()) {
          char escaped = source.charAt(at++);
          boolean kept = !quotes && escaped != '$' && escaped != escape;
          add(result, (kept ? String.valueOf(c) : "") + escaped, split, true);
        } else if (!quotes) {
          add(result, String.valueOf(c), split, true);
        }
      } else {
        at++;
        add(result, String.valueOf(c), split, false);
      }
    }
    if (stop != 0) {
      throw new IllegalArgumentException("syntax error: missing '" + stop + "'");
    }
    depth--;
    return result.toString();
  }

  private void add(StringBuilder result, String text, boolean split, boolean literal) {
    result.append(text);
    if (!split) {
      return;
    }
    if (literal) {
      begun = true;
      word.append(text);
      return;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Words.isSpace(c)) {
        begun = true;
        word.append(c);
      } else if (begun) {
        words.add(word.toString());
        word.setLength(0);
        begun = false;
      }
    }
  }

  private String single() {
    int end = source.indexOf('\'', at + 1);
    if (end < 0) {
      throw new IllegalArgumentException(
          "unexpected end of statement while looking for matching single-quote");
    }
    String text = source.substring(at + 1, end);
    at = end + 1;
    return text;
  }

  private String doubled() {
    StringBuilder result = new StringBuilder();
    at++;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c == '"') {
        at++;
        return result.toString();
      }
      if (c == '$') {
        result.append(dollar());
      } else if (c == escape && at + 1 < source.length()) {
        char escaped = source.charAt(at + 1);
        at += 2;
        if (escaped != '"' && escaped != '$' && escaped != escape) {
          result.append(c);
        }
        result.append(escaped);
      } else {
        at++;
        result.append(c);
      }
    }
    throw new IllegalArgumentException(
        "unexpected end of statement while looking for matching double-quote");
  }

  private static boolean isNameStart(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** A name, a positional or a special parameter; empty when there is none. */
  private String name() {
    int start = at;
    if (at < source.length() && isNameStart(source.charAt(at))) {
      while (at < source.length()
          && (isNameStart(source.charAt(at)) || isDigit(source.charAt(at)))) {
        at++;
      }
    } else if (at < source.length() && isDigit(source.charAt(at))) {
      while (at < source.length() && isDigit(source.charAt(at))) {
        at++;
      }
    } else if (at < source.length() && "@*#?-$!".indexOf(source.charAt(at)) >= 0) {
      at++;
    }
    return source.substring(start, at);
  }

  private String dollar() {
    at++;
    if (at >= source.length() || source.charAt(at) != '{') {
      String name = name();
      return name.isEmpty() ? "$" : value(name);
    }
    at++;
    if (at < source.length() && source.charAt(at) == '}') {
      throw new IllegalArgumentException("syntax error: bad substitution");
    }
    String name = name();
    if (name.isEmpty()) {
      throw new IllegalArgumentException("syntax error: bad substitution");
    }
    if (at >= source.length()) {
      throw new IllegalArgumentException("syntax error: missing '}'");
    }
    char operator = source.charAt(at++);
    String result =
        switch (operator) {
          case '}' -> {
            at--;
            yield value(name);
          }
          case ':' -> {
            if (at >= source.length()) {
              throw new IllegalArgumentException("syntax error: missing ':' modifier");
            }
            yield choice(name, source.charAt(at++), true);
          }
          case '-', '+', '?' -> choice(name, operator, false);
          case '#', '%' -> cut(name, operator);
          case '/' -> replace(name);
          default ->
              throw new IllegalArgumentException(
                  "unsupported modifier (" + operator + ") in substitution");
        };
    if (at >= source.length() || source.charAt(at) != '}') {
      throw new IllegalArgumentException("syntax error: missing '}'");
    }
    at++;
    return result;
  }

  private String value(String name) {
    String value = variables.apply(name);
    if (value == null) {
      unset.add(name);
    }
    return value == null ? "" : value;
  }

  private String choice(String name, char operator, boolean emptyCounts) {
    if (operator != '-' && operator != '+' && operator != '?') {
      throw new IllegalArgumentException(
          "unsupported modifier (" + (emptyCounts ? ":" : "") + operator + ") in substitution");
    }
    String other = process('}', false);
    String value = variables.apply(name);
    boolean missing = value == null || emptyCounts && value.isEmpty();
    if (value == null && !(operator == '-' && emptyCounts)) {
      unset.add(name);
    }
    return switch (operator) {
      case '-' -> missing ? other : value;
      case '+' -> missing ? "" : other;
      default -> {
        if (missing) {
          String why =
              other.isEmpty() ? "is not allowed to be " + (emptyCounts ? "empty" : "unset") : other;
          throw new IllegalArgumentException(name + ": " + why);
        }
        yield value;
      }
    };
  }

  private String cut(String name, char operator) {
    boolean longest = at < source.length() && source.charAt(at) == operator;
    if (longest) {
      at++;
    }
    Pattern pattern = pattern(process('}', false));
    String value = value(name);
    int best = -1;
    for (int i = 0; i <= value.length(); i++) {
      String part = operator == '#' ? value.substring(0, i) : value.substring(value.length() - i);
      if (pattern.matcher(part).matches()) {
        best = i;
        if (!longest) {
          break;
        }
      }
    }
    if (best < 0) {
      return value;
    }
    return operator == '#' ? value.substring(best) : value.substring(0, value.length() - best);
  }

  private String replace(String name) {
    boolean all = at < source.length() && source.charAt(at) == '/';
    if (all) {
      at++;
    }
    Pattern pattern = pattern(process('/', false));
    at++;
    String by = java.util.regex.Matcher.quoteReplacement(process('}', false));
    java.util.regex.Matcher matcher = pattern.matcher(value(name));
    return all ? matcher.replaceAll(by) : matcher.replaceFirst(by);
  }

  /** A shell's pattern: {@code *}, {@code ?} and {@code \}; all else stands for itself. */
  private static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (c == '\\' && i + 1 < glob.length()) {
        regex.append(Pattern.quote(String.valueOf(glob.charAt(++i))));
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
