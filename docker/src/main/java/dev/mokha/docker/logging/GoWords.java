package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of options as dockerd reads them, refused in the words of its language's library. */
final class GoWords {
  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");
  private static final Pattern DURATION =
      Pattern.compile("((\\d+(\\.\\d+)?)(ns|us|\u00b5s|ms|s|m|h))+");
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|\u00b5s|ms|s|m|h)");
  private static final Map<String, Double> NANOS =
      Map.of("ns", 1d, "us", 1e3, "\u00b5s", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);
  private static final Pattern SIZE =
      Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgtp]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);

  private GoWords() {}

  static boolean bool(Map<String, String> options, String name, boolean otherwise) {
    String text = options.getOrDefault(name, "");
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!TRUE.contains(text) && !FALSE.contains(text)) {
      throw DockerException.invalid("strconv.ParseBool: parsing \"" + text + "\": invalid syntax");
    }
    return TRUE.contains(text);
  }

  static Duration duration(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!DURATION.matcher(text).matches()) {
      throw DockerException.invalid("time: invalid duration \"" + text + "\"");
    }
    Matcher parts = PART.matcher(text);
    double nanos = 0;
    while (parts.find()) {
      nanos += Double.parseDouble(parts.group(1)) * NANOS.get(parts.group(2));
    }
    return Duration.ofNanos((long) nanos);
  }

  /** Bytes of {@code 1m}; powers of 1024. */
  static long size(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches()) {
      throw DockerException.invalid("invalid size: '" + text + "'");
    }
    int shift = 10 * ("kmgtp".indexOf(lower(matcher.group(2))) + 1);
    return (long)
        (Double.parseDouble(matcher.group(1))
            * (1L << (lower(matcher.group(2)).isEmpty() ? 0 : shift)));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static long unsigned(String text) {
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Falls to the refusal.
    }
    throw DockerException.invalid("strconv.ParseUint: parsing \"" + text + "\": invalid syntax");
  }

  /** Refuses options that a driver has not. */
  static void only(Map<String, String> options, Set<String> known, String driver) {
    for (String option : options.keySet()) {
      if (!known.contains(option)) {
        throw DockerException.invalid(
            "unknown log opt '" + option + "' for " + driver + " log driver");
      }
    }
  }

  /** Refuses tags and patterns that are none, which dockerd finds at the start only. */
  static void tagAndFields(Map<String, String> options) {
    try {
      var _ = TagTemplate.of(options);
      for (String option : Set.of("labels-regex", "env-regex")) {
        var _ = Pattern.compile(options.getOrDefault(option, ""));
      }
    } catch (java.util.regex.PatternSyntaxException e) {
      throw new DockerException(
          400, "error parsing regexp: " + e.getDescription() + ": `" + e.getPattern() + "`", e);
    } catch (IllegalArgumentException e) {
      throw new DockerException(400, e.getMessage(), e);
    }
  }
}
