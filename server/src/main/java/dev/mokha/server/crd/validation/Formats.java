package dev.mokha.server.crd.validation;

import dev.mokha.api.names.Names;
import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.library.Url;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The values of {@code format} that are checked; all others are taken as remarks. */
final class Formats {
  private static final Pattern DURATION =
      Pattern.compile(
          "[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)\\s*(ns|us|\u00b5s|ms|s|m|h|d|w|[a-z]+)?"
              + "(\\s*([0-9]+(\\.[0-9]*)?|\\.[0-9]+)\\s*(ns|us|\u00b5s|ms|s|m|h|d|w))*");

  private static final Map<String, Predicate<String>> CHECKS =
      Map.ofEntries(
          Map.entry("date-time", Formats::isDateTime),
          Map.entry("datetime", Formats::isDateTime),
          Map.entry("date", Formats::isDate),
          Map.entry("duration", t -> DURATION.matcher(t).matches()),
          Map.entry("byte", Formats::isBase64),
          Map.entry("uuid", uuid("[0-9a-f]")),
          Map.entry("uuid3", uuid("3")),
          Map.entry("uuid4", uuid("4")),
          Map.entry("uuid5", uuid("5")),
          Map.entry("ipv4", t -> t.indexOf(':') < 0 && isAddress(t)),
          Map.entry("ipv6", t -> t.indexOf(':') >= 0 && isAddress(t)),
          Map.entry("cidr", Formats::isCidr),
          Map.entry(
              "mac",
              regex(
                  "(?i)([0-9a-f]{2}[:-]){5}([0-9a-f]{2}[:-][0-9a-f]{2}[:-])?[0-9a-f]{2}|([0-9a-f]{4}\\.){2}[0-9a-f]{4}")),
          Map.entry("uri", Formats::isUri),
          Map.entry("email", regex("[^@\\s<>]+@[^@\\s<>]+|.*<[^@\\s<>]+@[^@\\s<>]+>")),
          Map.entry(
              "hostname",
              regex(
                  "(?!-)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?")),
          Map.entry("bsonobjectid", regex("[0-9a-fA-F]{24}")),
          Map.entry("hexcolor", regex("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")),
          Map.entry(
              "rgbcolor",
              regex("rgb\\(\\s*(\\d{1,3}%?)\\s*,\\s*(\\d{1,3}%?)\\s*,\\s*(\\d{1,3}%?)\\s*\\)")),
          Map.entry("ssn", regex("\\d{3}[- ]?\\d{2}[- ]?\\d{4}")),
          Map.entry("creditcard", regex("[0-9][0-9 -]{11,22}[0-9]")),
          Map.entry("isbn", regex("(97[89][ -]?)?([0-9][ -]?){9}[0-9X]")),
          Map.entry("isbn10", regex("([0-9][ -]?){9}[0-9X]")),
          Map.entry("isbn13", regex("97[89][ -]?([0-9][ -]?){9}[0-9]")),
          Map.entry("k8s-short-name", t -> Names.dns1123Label(t).isEmpty()),
          Map.entry("k8s-long-name", t -> Names.dns1123Subdomain(t).isEmpty()));

  private Formats() {}

  /** Whether a text has that format, or the format is none that is checked. */
  static boolean fits(String format, String text) {
    Predicate<String> check = CHECKS.get(format);
    return check == null || check.test(text);
  }

  private static Predicate<String> regex(String regex) {
    Pattern pattern = Pattern.compile(regex);
    return text -> pattern.matcher(text).matches();
  }

  private static Predicate<String> uuid(String version) {
    return regex(
        "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?" + version + "[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}");
  }

  private static boolean isDateTime(String text) {
    try {
      OffsetDateTime.parse(text.replace('t', 'T').replace('z', 'Z').replace(' ', 'T'));
      return true;
    } catch (DateTimeException e) {
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

  private static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text);
      return text.length() % 4 == 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isAddress(String text) {
    if (text.indexOf(':') < 0 && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
      return false;
    }
    try {
      InetAddress.ofLiteral(text);
      return text.indexOf('%') < 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isCidr(String text) {
    int slash = text.indexOf('/');
    return slash > 0
        && isAddress(text.substring(0, slash))
        && text.substring(slash + 1).matches("\\d{1,3}")
        && Integer.parseInt(text.substring(slash + 1)) <= (text.indexOf(':') < 0 ? 32 : 128);
  }

  private static boolean isUri(String text) {
    try {
      Url.parse(text);
      return true;
    } catch (CelEvaluationException e) {
      return false;
    }
  }
}
