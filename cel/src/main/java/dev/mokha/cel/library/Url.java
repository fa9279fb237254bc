package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.OpaqueValue;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An absolute URL, or an absolute path.
 *
 * @param host with the port, when it has one
 * @param path as it was written
 * @param query without the question mark
 */
public record Url(String scheme, String host, String path, String query) implements OpaqueValue {
  static final String TYPE = "kubernetes.URL";

  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):(.*)");

  /**
   * Reads a URL.
   *
   * @throws CelEvaluationException for relative ones and other texts
   */
  public static Url parse(String text) {
    if (text.isEmpty()) {
      throw invalid(text, "empty url");
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) == 0x7f) {
        throw invalid(text, "net/url: invalid control character in URL");
      }
    }
    String rest = text;
    String scheme = "";
    Matcher withScheme = SCHEME.matcher(text);
    if (withScheme.matches()) {
      scheme = withScheme.group(1).toLowerCase(Locale.ROOT);
      rest = withScheme.group(2);
    } else if (text.indexOf(':') == 0) {
      throw invalid(text, "missing protocol scheme");
    }
    int hash = rest.indexOf('#');
    if (hash >= 0) {
      rest = rest.substring(0, hash);
    }
    String query = "";
    int question = rest.indexOf('?');
    if (question >= 0) {
      query = rest.substring(question + 1);
      rest = rest.substring(0, question);
    }
    if (!rest.startsWith("/")) {
      if (scheme.isEmpty()) {
        throw invalid(text, "invalid URI for request");
      }
      return new Url(scheme, "", "", query);
    }
    String host = "";
    if (rest.startsWith("//") && !(scheme.isEmpty() && rest.startsWith("///"))) {
      int end = rest.indexOf('/', 2);
      String authority = end < 0 ? rest.substring(2) : rest.substring(2, end);
      rest = end < 0 ? "" : rest.substring(end);
      host = checkedHost(text, authority.substring(authority.lastIndexOf('@') + 1));
    }
    checkEscapes(text, rest);
    return new Url(scheme, host, rest, query);
  }

  private static String checkedHost(String text, String host) {
    int colon = host.lastIndexOf(':');
    if (host.startsWith("[")) {
      int close = host.lastIndexOf(']');
      if (close < 0) {
        throw invalid(text, "missing ']' in host");
      }
      colon = close + 1 < host.length() ? close + 1 : -1;
    }
    if (colon >= 0 && !host.substring(colon).matches(":[0-9]*")) {
      throw invalid(
          text, "invalid port " + TextFunctions.quote(host.substring(colon)) + " after host");
    }
    int bad = host.indexOf(' ');
    if (bad >= 0) {
      throw invalid(text, "invalid character \" \" in host name");
    }
    return host;
  }

  private static void checkEscapes(String text, String path) {
    for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 1)) {
      if (i + 2 >= path.length()
          || Character.digit(path.charAt(i + 1), 16) < 0
          || Character.digit(path.charAt(i + 2), 16) < 0) {
        throw invalid(
            text,
            "invalid URL escape "
                + TextFunctions.quote(path.substring(i, Math.min(i + 3, path.length()))));
      }
    }
  }

  private static CelEvaluationException invalid(String text, String why) {
    return new CelEvaluationException(
        "URL parse error during conversion from string: parse "
            + TextFunctions.quote(text)
            + ": "
            + why);
  }

  String hostname() {
    if (host.startsWith("[")) {
      return host.substring(1, host.indexOf(']'));
    }
    int colon = host.lastIndexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  String port() {
    int colon = host.lastIndexOf(':');
    return colon < 0 || host.lastIndexOf(']') > colon ? "" : host.substring(colon + 1);
  }

  String escapedPath() {
    return path.replace(" ", "%20");
  }

  Map<Object, Object> values() {
    Map<Object, Object> values = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      if (pair.isEmpty() || pair.indexOf(';') >= 0) {
        continue;
      }
      int equals = pair.indexOf('=');
      try {
        String key = decoded(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
        @SuppressWarnings("unchecked")
        List<Object> all = (List<Object>) values.computeIfAbsent(key, _ -> new ArrayList<Object>());
        all.add(value);
      } catch (IllegalArgumentException e) {
        // What can't be decoded is left out.
      }
    }
    return values;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String typeName() {
    return TYPE;
  }
}
