package dev.mokha.engine.build.checks;

import dev.mokha.engine.build.BuildException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Which rules count: what a Dockerfile says with {@code # check=skip=A,B;error=true}, or whoever
 * builds with the argument {@code BUILDKIT_DOCKERFILE_CHECK}.
 *
 * @param skip names of rules in lower case, or {@code all}
 * @param experimental the same, of rules that count only when named
 * @param error whether a warning is an error
 */
public record CheckOptions(Set<String> skip, Set<String> experimental, boolean error) {
  private static final String ALL = "all";

  /** Copies the names. */
  public CheckOptions {
    skip = Set.copyOf(skip);
    experimental = Set.copyOf(experimental);
  }

  /**
   * Reads them; empty for none.
   *
   * @throws BuildException when they are malformed
   */
  public static CheckOptions parse(String text) {
    Set<String> skip = new HashSet<>();
    Set<String> experimental = new HashSet<>();
    boolean error = false;
    for (String part : text.split(";", -1)) {
      if (part.isBlank()) {
        continue;
      }
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw invalid("invalid check option \"" + part.strip() + "\"");
      }
      String name = part.substring(0, equals).strip();
      String value = part.substring(equals + 1).strip();
      switch (name) {
        case "skip" -> names(value, skip);
        case "experimental" -> names(value, experimental);
        case "error" -> error = bool(part.strip(), value);
        default -> throw invalid("invalid check option \"" + name + "\"");
      }
    }
    return new CheckOptions(skip, experimental, error);
  }

  private static void names(String value, Set<String> into) {
    for (String name : value.split(",", -1)) {
      into.add(name.strip().toLowerCase(Locale.ROOT));
    }
  }

  private static boolean bool(String option, String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default ->
          throw invalid(
              "failed to parse check option \""
                  + option
                  + "\": strconv.ParseBool: parsing \""
                  + value
                  + "\": invalid syntax");
    };
  }

  private static BuildException invalid(String why) {
    return new BuildException("failed to parse check options: " + why);
  }

  boolean counts(Rule rule) {
    String name = rule.text().toLowerCase(Locale.ROOT);
    if (rule.experimental()) {
      return experimental.contains(ALL) || experimental.contains(name);
    }
    return !skip.contains(ALL) && !skip.contains(name);
  }
}
