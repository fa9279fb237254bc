package dev.mokha.engine.runtime;

import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What crun says of a process that it can't start, in the words that clients of Docker know from
 * runc: they look for them, and for the exit codes that follow from them.
 */
final class CrunMessages {
  private static final String STARTING = "unable to start container process: ";

  /** A terminal's colours and the time. */
  private static final Pattern DECORATION =
      Pattern.compile("\u001b\\[[0-9;]*m(?:\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z: )?");

  private record Saying(Pattern pattern, BiFunction<MatchResult, String, String> words) {}

  private static final List<Saying> SAYINGS =
      List.of(
          new Saying(
              Pattern.compile("executable file `([^`]*)` not found.*", Pattern.DOTALL),
              (m, command) ->
                  m.group(1).contains("/")
                      ? "exec: \"%1$s\": stat %1$s: no such file or directory".formatted(m.group(1))
                      : "exec: \"" + m.group(1) + "\": executable file not found in $PATH"),
          new Saying(
              Pattern.compile("open executable: (?:Operation not permitted|Permission denied)"),
              (m, command) -> "exec: \"" + command + "\": permission denied"),
          new Saying(
              Pattern.compile("chdir `([^`]*)`: (.*)"),
              (m, command) ->
                  "chdir to cwd (\""
                      + m.group(1)
                      + "\") set in config.json failed: "
                      + small(m.group(2))),
          new Saying(
              Pattern.compile("mount `([^`]*)` to `/?([^`]*)`: (.*)"),
              (m, command) ->
                  "error during container init: error mounting \""
                      + m.group(1)
                      + "\" to rootfs at \"/"
                      + m.group(2)
                      + "\": "
                      + small(m.group(3))),
          new Saying(
              Pattern.compile("write to `?(/proc/sys/[^`: ]*)`?: (.*)"),
              (m, command) ->
                  "error during container init: write " + m.group(1) + ": " + small(m.group(2))));

  private CrunMessages() {}

  /**
   * The same in other words, where there are such.
   *
   * @param said what crun wrote
   * @param command what it was to run
   */
  static String translate(String said, String command) {
    String plain = DECORATION.matcher(said).replaceAll("").strip();
    for (Saying saying : SAYINGS) {
      Matcher matcher = saying.pattern().matcher(plain);
      if (matcher.matches()) {
        return STARTING + saying.words().apply(matcher, command);
      }
    }
    return plain;
  }

  private static String small(String error) {
    return error.toLowerCase(Locale.ROOT);
  }
}
