package dev.mokha.cel.library;

import dev.mokha.api.names.Names;
import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.OpaqueValue;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A named form of texts.
 *
 * @param regexSize how long a regular expression for it would be: the measure of its cost
 * @param rule what is wrong with a text; nothing when it has the form
 */
public record Format(
    String name, int regexSize, java.util.function.Function<String, List<String>> rule)
    implements OpaqueValue {
  static final String TYPE = "kubernetes.NamedFormat";

  private static final Pattern UUID =
      Pattern.compile("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$");

  /** All of them by their names in expressions. */
  static final Map<String, Format> ALL = all();

  private static Map<String, Format> all() {
    Map<String, Format> all = new LinkedHashMap<>();
    all.put("dns1123Label", new Format("DNS1123Label", 30, Names::dns1123Label));
    all.put("dns1123Subdomain", new Format("DNS1123Subdomain", 60, Names::dns1123Subdomain));
    all.put("dns1035Label", new Format("DNS1035Label", 30, Names::dns1035Label));
    all.put("qualifiedName", new Format("QualifiedName", 60, Names::qualifiedName));
    all.put(
        "dns1123LabelPrefix",
        new Format("DNS1123LabelPrefix", 30, t -> Names.dns1123Label(prefix(t))));
    all.put(
        "dns1123SubdomainPrefix",
        new Format("DNS1123SubdomainPrefix", 60, t -> Names.dns1123Subdomain(prefix(t))));
    all.put(
        "dns1035LabelPrefix",
        new Format("DNS1035LabelPrefix", 30, t -> Names.dns1035Label(prefix(t))));
    all.put("labelValue", new Format("LabelValue", 40, Names::labelValue));
    all.put("uri", new Format("URI", 1103, Format::uri));
    all.put("uuid", check("uuid", 72, Format::isUuid, "does not match the UUID format"));
    all.put("byte", check("byte", 98, Format::isBase64, "invalid base64"));
    all.put("date", check("date", 90, Format::isDate, "invalid date"));
    all.put("datetime", check("datetime", 90, Format::isDateTime, "invalid datetime"));
    return all;
  }

  private static Format check(String name, int size, Predicate<String> has, String message) {
    return new Format(name, size, t -> has.test(t) ? List.of() : List.of(message));
  }

  /** A prefix may end in a dash, which then stands for what follows it. */
  private static String prefix(String text) {
    return text.endsWith("-") && text.length() > 1
        ? text.substring(0, text.length() - 1) + "a"
        : text;
  }

  private static List<String> uri(String text) {
    try {
      Url.parse(text);
      return List.of();
    } catch (CelEvaluationException e) {
      return List.of(e.getMessage().replace("URL parse error during conversion from string: ", ""));
    }
  }

  private static boolean isUuid(String text) {
    return UUID.matcher(text).matches();
  }

  private static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text);
      return !text.isEmpty() && text.length() % 4 == 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isDate(String text) {
    try {
      LocalDate.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static boolean isDateTime(String text) {
    try {
      OffsetDateTime.parse(text.replace('t', 'T').replace('z', 'Z'));
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  @Override
  public String typeName() {
    return TYPE;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Format other && name.equals(other.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
