package dev.mokha.docker.logging;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Whose log it is: what tags and additional fields are made of.
 *
 * @param id 64 hexadecimal digits
 * @param name without a slash
 * @param imageId such as {@code sha256:...}
 * @param imageName as it was asked for
 * @param created when the container was
 * @param command its words, entrypoint first
 * @param env {@code KEY=value}
 * @param labels its labels
 * @param hostname the machine's
 */
public record LogSource(
    String id,
    String name,
    String imageId,
    String imageName,
    Instant created,
    List<String> command,
    List<String> env,
    Map<String, String> labels,
    String hostname) {
  private static final int SHORT = 12;

  /** Copies the collections. */
  public LogSource {
    command = List.copyOf(command);
    env = List.copyOf(env);
    labels = Map.copyOf(labels);
  }

  /** The first twelve digits of the id. */
  public String shortId() {
    return id.substring(0, Math.min(SHORT, id.length()));
  }

  /** The first twelve digits of the image's id. */
  public String shortImageId() {
    String digits = imageId.substring(imageId.indexOf(':') + 1);
    return digits.substring(0, Math.min(SHORT, digits.length()));
  }

  /**
   * What the options {@code labels}, {@code labels-regex}, {@code env} and {@code env-regex} choose
   * of the container's labels and variables.
   *
   * @throws IllegalArgumentException for a pattern that is none
   */
  public Map<String, String> chosen(Map<String, String> options) {
    Map<String, String> chosen = new TreeMap<>();
    choose(chosen, labels, options, "labels");
    Map<String, String> variables = new LinkedHashMap<>();
    for (String entry : env) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        variables.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    choose(chosen, variables, options, "env");
    return chosen;
  }

  private static void choose(
      Map<String, String> chosen,
      Map<String, String> from,
      Map<String, String> options,
      String option) {
    for (String name : options.getOrDefault(option, "").split(",")) {
      if (from.containsKey(name)) {
        chosen.put(name, from.get(name));
      }
    }
    String regex = options.getOrDefault(option + "-regex", "");
    if (regex.isEmpty()) {
      return;
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "error parsing regexp: " + e.getDescription() + ": `" + regex + "`", e);
    }
    from.forEach(
        (name, value) -> {
          if (pattern.matcher(name).find()) {
            chosen.put(name, value);
          }
        });
  }
}
