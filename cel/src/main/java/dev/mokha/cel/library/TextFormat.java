package dev.mokha.cel.library;

import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.value.Bytes;
import dev.mokha.cel.value.CelNull;
import dev.mokha.cel.value.StructValue;
import dev.mokha.cel.value.Times;
import dev.mokha.cel.value.TypeName;
import dev.mokha.cel.value.UInt;
import dev.mokha.cel.value.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code format()}: the clauses {@code %s %d %f %e %b %x %X %o %%} with an optional precision. */
final class TextFormat {
  private TextFormat() {}

  static String format(String pattern, List<?> arguments) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      if (++i == pattern.length()) {
        throw new CelEvaluationException("unexpected end of string");
      }
      if (pattern.charAt(i) == '%') {
        out.append('%');
        continue;
      }
      int places = 6;
      if (pattern.charAt(i) == '.') {
        int begin = ++i;
        while (i < pattern.length() && Character.isDigit(pattern.charAt(i))) {
          i++;
        }
        if (i == pattern.length()) {
          throw new CelEvaluationException(
              "error while parsing precision: could not find end of precision specifier");
        }
        places = begin == i ? 0 : precision(pattern.substring(begin, i));
      }
      if (next >= arguments.size()) {
        throw new CelEvaluationException("index " + next + " out of range");
      }
      out.append(clause(pattern.charAt(i), places, arguments.get(next++)));
      TextFunctions.bounded(out.length() > 64 << 20 ? out.toString() : "");
    }
    return out.toString();
  }

  private static int precision(String digits) {
    if (digits.length() > 3) {
      throw new CelEvaluationException(
          "error while converting precision to integer: strconv.Atoi: parsing \""
              + digits
              + "\": value out of range");
    }
    return Integer.parseInt(digits);
  }

  private static String clause(char letter, int places, Object value) {
    return switch (letter) {
      case 's' -> text(value);
      case 'd' -> decimal(value);
      case 'f' -> GoNumbers.fixed(number(value, 'f'), places);
      case 'e' -> GoNumbers.scientific(number(value, 'e'), places);
      case 'b' -> value instanceof Boolean b ? (b ? "1" : "0") : whole(value, "binary").toString(2);
      case 'x' -> hex(value);
      case 'X' -> hex(value).toUpperCase(Locale.ROOT);
      case 'o' -> whole(value, "octal").toString(8);
      default ->
          throw new CelEvaluationException(
              "could not parse formatting clause: unrecognized formatting clause \""
                  + letter
                  + "\"");
    };
  }

  private static String decimal(Object value) {
    return switch (value) {
      case Long l -> l.toString();
      case UInt u -> u.toString();
      case Double d when d.isNaN() || d.isInfinite() -> GoNumbers.fixed(d, 0);
      default ->
          throw new CelEvaluationException(
              "error during formatting: decimal clause can only be used on integers, was given "
                  + Values.typeOf(value));
    };
  }

  private static double number(Object value, char letter) {
    return switch (value) {
      case Double d -> d;
      case Long l -> l;
      case UInt u -> u.asDouble();
      default ->
          throw new CelEvaluationException(
              "error during formatting: %s clause can only be used on doubles, was given %s"
                  .formatted(letter == 'f' ? "fixed-point" : "scientific", Values.typeOf(value)));
    };
  }

  private static BigInteger whole(Object value, String what) {
    return switch (value) {
      case Long l -> BigInteger.valueOf(l);
      case UInt u -> new BigInteger(u.toString());
      default ->
          throw new CelEvaluationException(
              "error during formatting: %s clause can only be used on integers, was given %s"
                  .formatted(what, Values.typeOf(value)));
    };
  }

  private static String hex(Object value) {
    return switch (value) {
      case String s -> TextFunctions.hex(s.getBytes(StandardCharsets.UTF_8));
      case Bytes b -> TextFunctions.hex(b.toArray());
      default -> whole(value, "hex").toString(16);
    };
  }

  private static String text(Object value) {
    return switch (value) {
      case String s -> s;
      case Boolean b -> b.toString();
      case Long l -> l.toString();
      case UInt u -> u.toString();
      case CelNull _ -> "null";
      case Bytes b -> new String(b.toArray(), StandardCharsets.UTF_8);
      case Instant i -> Times.format(i);
      case Duration d -> Times.format(d);
      case TypeName t -> t.name();
      case Double d -> plain(d);
      case List<?> list -> {
        List<String> parts = new ArrayList<>();
        list.forEach(e -> parts.add(text(e)));
        yield "[" + String.join(", ", parts) + "]";
      }
      case Map<?, ?> map -> {
        List<String> parts = new ArrayList<>();
        map.forEach((k, v) -> parts.add(text(k) + ": " + text(v)));
        parts.sort(null);
        yield "{" + String.join(", ", parts) + "}";
      }
      case StructValue _ ->
          throw new CelEvaluationException(
              "error during formatting: string clause can only be used on strings, bools, bytes,"
                  + " ints, doubles, maps, lists, types, durations, and timestamps, was given "
                  + Values.typeOf(value));
      default -> value.toString();
    };
  }

  private static String plain(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return GoNumbers.fixed(value, 0);
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    return exact.toPlainString();
  }
}
