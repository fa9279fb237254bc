package dev.mokha.api.schema;

import dev.mokha.api.quantity.Quantity;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Checks single values and brings them into the form in which they are kept. */
final class ScalarForm {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** Unlike whole seconds, which may have any fraction, microseconds must be six digits. */
  private static final Pattern MICROSECONDS = Pattern.compile("\\.\\d{6}(Z|[+-])");

  private ScalarForm() {}

  /**
   * Gives back the value itself, its kept form when that differs, or null when it is of another
   * type.
   *
   * @throws MismatchException when the type is right but the text is not, such as a bad date
   */
  static JsonNode of(JsonNode value, ScalarType type) {
    return switch (type) {
      case STRING -> value.isString() ? value : null;
      case BOOLEAN -> value.isBoolean() ? value : null;
      case INT32 -> value.isIntegralNumber() && value.canConvertToInt() ? value : null;
      case INT64 -> value.isIntegralNumber() && value.canConvertToLong() ? value : null;
      case INTEGER -> value.isIntegralNumber() ? value : null;
      case DOUBLE -> value.isNumber() ? value : null;
      case BYTES -> base64(value);
      case INT_OR_STRING -> intOrString(value);
      case QUANTITY -> quantity(value);
      case TIME -> time(value, false);
      case MICRO_TIME -> time(value, true);
    };
  }

  private static JsonNode base64(JsonNode value) {
    if (!value.isString()) {
      return null;
    }
    String text = value.stringValue();
    try {
      Base64.getDecoder().decode(text.indexOf('\n') < 0 ? text : text.replaceAll("[\r\n]", ""));
    } catch (IllegalArgumentException e) {
      throw new MismatchException("illegal base64 data at input byte " + badBase64(text));
    }
    return value;
  }

  private static int badBase64(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean good =
          (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '+'
              || c == '/'
              || c == '\n'
              || c == '\r';
      if (!good) {
        return i;
      }
    }
    return text.length() - text.length() % 4;
  }

  private static JsonNode intOrString(JsonNode value) {
    boolean fits = value.isString() || (value.isIntegralNumber() && value.canConvertToInt());
    return fits ? value : null;
  }

  private static JsonNode quantity(JsonNode value) {
    if (!value.isString() && !value.isNumber()) {
      throw new MismatchException(
          "quantities must match the regular expression"
              + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    String text = value.asString();
    String kept;
    try {
      kept = Quantity.canonical(text);
    } catch (IllegalArgumentException e) {
      throw new MismatchException(e.getMessage());
    }
    return value.isString() && kept.equals(text) ? value : StringNode.valueOf(kept);
  }

  private static JsonNode time(JsonNode value, boolean micros) {
    if (!value.isString()) {
      return null;
    }
    String text = value.stringValue();
    if (micros && text.length() > 19 && !MICROSECONDS.matcher(text).find()) {
      throw new MismatchException(
          "parsing time \"%s\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"%s\" as \".000000\""
              .formatted(text, text.substring(19)));
    }
    Instant instant;
    try {
      instant = OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new MismatchException(
          "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"2006\""
              .formatted(
                  text,
                  micros ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00",
                  text));
    }
    String kept =
        micros
            ? MICROS.format(instant.truncatedTo(ChronoUnit.MICROS))
            : SECONDS.format(instant.truncatedTo(ChronoUnit.SECONDS));
    return kept.equals(text) ? value : StringNode.valueOf(kept);
  }
}
