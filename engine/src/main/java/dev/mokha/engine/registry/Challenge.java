package dev.mokha.engine.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server wants to see before it answers (RFC 9110, section 11.6.1).
 *
 * @param scheme {@code bearer} or {@code basic}, in lower case
 * @param parameters such as realm, service, scope
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final Pattern SCHEME =
      Pattern.compile("\\G[\\s,]*([A-Za-z][A-Za-z0-9-]*)(?=\\s|$)");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\G[\\s,]*([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,\"]+))");

  /** The challenges of all WWW-Authenticate headers. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      int position = 0;
      Map<String, String> current = null;
      while (position < header.length()) {
        Matcher parameter = PARAMETER.matcher(header).region(position, header.length());
        if (current != null && parameter.lookingAt()) {
          String value =
              parameter.group(2) != null
                  ? parameter.group(2).replaceAll("\\\\(.)", "$1")
                  : parameter.group(3);
          current.put(parameter.group(1).toLowerCase(Locale.ROOT), value);
          position = parameter.end();
          continue;
        }
        Matcher scheme = SCHEME.matcher(header).region(position, header.length());
        if (!scheme.lookingAt()) {
          break;
        }
        current = new LinkedHashMap<>();
        challenges.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), current));
        position = scheme.end();
      }
    }
    return challenges;
  }

  /** A parameter; empty when it is not there. */
  String get(String name) {
    return parameters.getOrDefault(name, "");
  }
}
