package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --chmod} makes of permission bits: an octal number, or clauses as chmod(1) has them
 * ({@code u=rwX,go=rX}). Where nobody is named everybody is meant: no mask counts.
 */
final class ModeChange {
  private static final Pattern OCTAL = Pattern.compile("[0-7]{1,5}");
  private static final Pattern DIGITS = Pattern.compile("[0-9].*");
  private static final Pattern CLAUSE = Pattern.compile("([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)");
  private static final Pattern ACTION = Pattern.compile("([-+=])([ugo]|[rwxXst]*)");
  private static final int ALL = 07777;
  private static final int USER = 04700;
  private static final int GROUP = 02070;
  private static final int OTHER = 01007;

  private final List<Action> actions;
  private final int fixed;

  /**
   * One action.
   *
   * @param who the bits of those who are meant, with set-id and sticky bits
   */
  private record Action(int who, char operator, String what) {}

  private ModeChange(int fixed, List<Action> actions) {
    this.fixed = fixed;
    this.actions = actions;
  }

  /**
   * Reads one.
   *
   * @throws BuildException when it is none
   */
  static ModeChange parse(String text) {
    if (DIGITS.matcher(text).matches()) {
      if (!OCTAL.matcher(text).matches() || Integer.parseInt(text, 8) > ALL) {
        throw new BuildException(
            "invalid chmod parameter: '"
                + text
                + "'. it should be octal string and between 0 and 07777");
      }
      return new ModeChange(Integer.parseInt(text, 8), List.of());
    }
    List<Action> actions = new ArrayList<>();
    for (String clause : text.split(",", -1)) {
      Matcher matcher = CLAUSE.matcher(clause);
      if (!matcher.matches()) {
        throw new BuildException("invalid chmod parameter: '" + text + "'");
      }
      int who = matcher.group(1).isEmpty() ? ALL : who(matcher.group(1));
      Matcher action = ACTION.matcher(matcher.group(2));
      while (action.find()) {
        actions.add(new Action(who, action.group(1).charAt(0), action.group(2)));
      }
    }
    return new ModeChange(-1, actions);
  }

  private static int who(String letters) {
    int who = 0;
    for (char c : letters.toCharArray()) {
      who |=
          switch (c) {
            case 'u' -> USER;
            case 'g' -> GROUP;
            case 'o' -> OTHER;
            default -> ALL;
          };
    }
    return who;
  }

  /** What becomes of a file's bits. */
  int apply(int mode, boolean directory) {
    if (fixed >= 0) {
      return fixed;
    }
    int result = mode;
    for (Action action : actions) {
      int bits = bits(action, result, directory);
      int cleared = action.who() & (directory ? 01777 : ALL); // chmod keeps set-id of directories
      result =
          switch (action.operator()) {
            case '+' -> result | bits;
            case '-' -> result & ~bits;
            default -> result & ~cleared | bits;
          };
    }
    return result;
  }

  private static int bits(Action action, int mode, boolean directory) {
    int bits = 0;
    for (char c : action.what().toCharArray()) {
      bits |=
          switch (c) {
            case 'r' -> 0444;
            case 'w' -> 0222;
            case 'x' -> 0111;
            case 'X' -> directory || (mode & 0111) != 0 ? 0111 : 0;
            case 's' -> 06000;
            case 't' -> 01000;
            case 'u' -> (mode >> 6 & 7) * 0111;
            case 'g' -> (mode >> 3 & 7) * 0111;
            default -> (mode & 7) * 0111;
          };
    }
    return bits & action.who();
  }
}
