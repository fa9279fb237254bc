package dev.mokha.engine.build.context;

import java.util.ArrayList;
import java.util.List;

/**
 * Patterns of paths: those of Go's filepath.Match ({@code *} and {@code ?} match no slash, {@code
 * [a-z]}, {@code [^x]}, {@code \} takes a meaning away), and {@code **} for any number of
 * directories where .dockerignore allows it.
 *
 * <p>A path is matched in one pass over its characters, with all that could have matched so far at
 * once: a pattern of many stars costs no more than its length for each character.
 */
public final class GoPattern {
  private final List<Token> tokens;

  private GoPattern(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** What a part of a pattern stands for. */
  private sealed interface Token {}

  /** One character. */
  private record Literal(int character) implements Token {}

  /** Any one but a slash. */
  private record Any() implements Token {}

  /** Any number of any but a slash. */
  private record Star() implements Token {}

  /** Any number of any. */
  private record Deep() implements Token {}

  /** Nothing, or anything that ends with a slash; followed by {@link Inside}. */
  private record Directories() implements Token {}

  /** In the midst of that. */
  private record Inside() implements Token {}

  /** One of a set, and no slash. */
  private record OneOf(boolean not, List<int[]> ranges) implements Token {
    boolean has(int character) {
      boolean found = false;
      for (int[] range : ranges) {
        found |= range[0] <= character && character <= range[1];
      }
      return character != '/' && found != not;
    }
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
    return new GoPattern(List.copyOf(new Reader(pattern.codePoints().toArray(), deep).read()));
  }

  /** Reads a pattern. */
  private static final class Reader {
    private final int[] text;
    private final boolean deep;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    Reader(int[] text, boolean deep) {
      this.text = text;
      this.deep = deep;
    }

    List<Token> read() {
      while (at < text.length) {
        int c = text[at++];
        switch (c) {
          case '*' -> star();
          case '?' -> tokens.add(new Any());
          case '\\' -> tokens.add(new Literal(next()));
          case '[' -> tokens.add(range());
          default -> tokens.add(new Literal(c));
        }
      }
      return tokens;
    }

    private void star() {
      if (!deep || !isNext('*')) {
        tokens.add(new Star());
        return;
      }
      at++;
      if (isNext('/')) {
        at++;
        tokens.add(new Directories());
        tokens.add(new Inside());
      } else {
        tokens.add(new Deep());
      }
    }

    private boolean isNext(int character) {
      return at < text.length && text[at] == character;
    }

    private int next() {
      if (at >= text.length) {
        throw new IllegalArgumentException("syntax error in pattern");
      }
      return text[at++];
    }

    private Token range() {
      boolean not = isNext('^');
      if (not) {
        at++;
      }
      List<int[]> ranges = new ArrayList<>();
      while (ranges.isEmpty() || !isNext(']')) {
        int low = member();
        int high = low;
        if (isNext('-')) {
          at++;
          high = member();
        }
        ranges.add(new int[] {low, high});
      }
      at++;
      return new OneOf(not, ranges);
    }

    private int member() {
      int c = next();
      if (c == '-' || c == ']') {
        throw new IllegalArgumentException("syntax error in pattern");
      }
      return c == '\\' ? next() : c;
    }
  }

  /** Whether a whole path fits. */
  public boolean matches(String path) {
    boolean[] now = new boolean[tokens.size() + 1];
    reach(now, 0);
    for (int character : path.codePoints().toArray()) {
      boolean[] then = new boolean[tokens.size() + 1];
      for (int i = 0; i < tokens.size(); i++) {
        if (now[i]) {
          step(i, character, then);
        }
      }
      now = then;
    }
    return now[tokens.size()];
  }

  /** Marks a place, and those behind it that need no character. */
  private void reach(boolean[] places, int place) {
    int at = place;
    while (!places[at]) {
      places[at] = true;
      if (at == tokens.size()) {
        return;
      }
      switch (tokens.get(at)) {
        case Star _, Deep _ -> at++;
        case Directories _ -> at += 2;
        default -> {
          return;
        }
      }
    }
  }

  private void step(int place, int character, boolean[] then) {
    boolean slash = character == '/';
    switch (tokens.get(place)) {
      case Literal literal -> {
        if (literal.character() == character) {
          reach(then, place + 1);
        }
      }
      case Any _ -> {
        if (!slash) {
          reach(then, place + 1);
        }
      }
      case OneOf set -> {
        if (set.has(character)) {
          reach(then, place + 1);
        }
      }
      case Star _ -> {
        if (!slash) {
          reach(then, place);
        }
      }
      case Deep _ -> reach(then, place);
      case Directories _ -> inside(place + 1, slash, then);
      case Inside _ -> inside(place, slash, then);
    }
  }

  private void inside(int place, boolean slash, boolean[] then) {
    then[place] = true;
    if (slash) {
      reach(then, place + 1);
    }
  }
}
