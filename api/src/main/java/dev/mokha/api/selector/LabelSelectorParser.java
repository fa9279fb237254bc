package dev.mokha.api.selector;

import dev.mokha.api.selector.Requirement.Operator;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2}. */
final class LabelSelectorParser {
  private static final String SPECIAL = "=!(),<>";

  private final List<String> tokens = new ArrayList<>();
  private int at;

  LabelSelectorParser(String text) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        i++;
        continue;
      }
      int end = i + 1;
      if (SPECIAL.indexOf(c) < 0) {
        while (end < text.length()
            && SPECIAL.indexOf(text.charAt(end)) < 0
            && !Character.isWhitespace(text.charAt(end))) {
          end++;
        }
      } else if ((c == '=' || c == '!') && end < text.length() && text.charAt(end) == '=') {
        end++;
      }
      tokens.add(text.substring(i, end));
      i = end;
    }
  }

  List<Requirement> parse() {
    try {
      return requirements();
    } catch (SelectorException e) {
      throw new SelectorException("unable to parse requirement: " + e.getMessage());
    }
  }

  private List<Requirement> requirements() {
    List<Requirement> requirements = new ArrayList<>();
    if (tokens.isEmpty()) {
      return requirements;
    }
    while (true) {
      requirements.add(requirement());
      if (at == tokens.size()) {
        return requirements;
      }
      String token = next();
      if (!token.equals(",")) {
        throw unexpected(token, "',' or 'end of string'");
      }
      if (!isWord(peek()) && !peek().equals("!")) {
        throw unexpected(peek(), "identifier after ','");
      }
    }
  }

  private Requirement requirement() {
    if (peek().equals("!")) {
      next();
      return Requirement.checked(word("identifier"), Operator.DOES_NOT_EXIST, List.of());
    }
    if (!isWord(peek())) {
      throw unexpected(peek(), "!, identifier, or 'end of string'");
    }
    String key = next();
    if (peek().isEmpty() || peek().equals(",")) {
      return Requirement.checked(key, Operator.EXISTS, List.of());
    }
    String token = next();
    Operator operator =
        switch (token) {
          case "=", "==" -> Operator.EQUALS;
          case "!=" -> Operator.NOT_EQUALS;
          case "in" -> Operator.IN;
          case "notin" -> Operator.NOT_IN;
          case ">" -> Operator.GREATER_THAN;
          case "<" -> Operator.LESS_THAN;
          default -> throw unexpected(token, "in, notin, =, ==, !=, gt, lt");
        };
    List<String> values =
        operator == Operator.IN || operator == Operator.NOT_IN ? set() : List.of(value());
    return Requirement.checked(key, operator, values);
  }

  /** A value may be empty: {@code a=,b} and {@code a=} say so. */
  private String value() {
    if (peek().isEmpty() || peek().equals(",")) {
      return "";
    }
    return word("identifier");
  }

  private List<String> set() {
    String open = next();
    if (!open.equals("(")) {
      throw unexpected(open, "'('");
    }
    List<String> values = new ArrayList<>();
    boolean wantsValue = true;
    while (true) {
      String token = next();
      if (isWord(token) && wantsValue) {
        values.add(token);
        wantsValue = false;
      } else if (token.equals(",") || token.equals(")")) {
        if (wantsValue) {
          values.add("");
        }
        wantsValue = true;
        if (token.equals(")")) {
          return values;
        }
      } else {
        throw unexpected(token, wantsValue ? "',', ')' or identifier" : "',' or ')'");
      }
    }
  }

  private String word(String expected) {
    String token = next();
    if (!isWord(token)) {
      throw unexpected(token, expected);
    }
    return token;
  }

  private static boolean isWord(String token) {
    return !token.isEmpty() && SPECIAL.indexOf(token.charAt(0)) < 0;
  }

  private String peek() {
    return at < tokens.size() ? tokens.get(at) : "";
  }

  private String next() {
    return at < tokens.size() ? tokens.get(at++) : "";
  }

  private static SelectorException unexpected(String found, String expected) {
    return new SelectorException("found '" + found + "', expected: " + expected);
  }
}
