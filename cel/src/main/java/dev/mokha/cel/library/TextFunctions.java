package dev.mokha.cel.library;

import com.google.re2j.Matcher;
import dev.mokha.cel.CelEvaluationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The functions of texts beyond CEL's standard. Places are counted in code points. */
final class TextFunctions {
  private TextFunctions() {}

  static void addTo(Overloads all) {
    all.add("charAt", a -> charAt((String) a[0], (Long) a[1]), String.class, Long.class);
    all.add("indexOf", a -> indexOf((String) a[0], (String) a[1], 0), String.class, String.class);
    all.add(
        "indexOf",
        a -> indexOf((String) a[0], (String) a[1], (Long) a[2]),
        String.class,
        String.class,
        Long.class);
    all.add(
        "lastIndexOf", a -> lastIndexOf((String) a[0], (String) a[1]), String.class, String.class);
    all.add(
        "lastIndexOf",
        a -> lastIndexOf((String) a[0], (String) a[1], (Long) a[2]),
        String.class,
        String.class,
        Long.class);
    all.add("lowerAscii", a -> ascii((String) a[0], 'A', 'Z', 32), String.class);
    all.add("upperAscii", a -> ascii((String) a[0], 'a', 'z', -32), String.class);
    all.add(
        "replace",
        a -> replace((String) a[0], (String) a[1], (String) a[2], -1),
        String.class,
        String.class,
        String.class);
    all.add(
        "replace",
        a -> replace((String) a[0], (String) a[1], (String) a[2], (Long) a[3]),
        String.class,
        String.class,
        String.class,
        Long.class);
    all.add("split", a -> split((String) a[0], (String) a[1], -1), String.class, String.class);
    all.add(
        "split",
        a -> split((String) a[0], (String) a[1], (Long) a[2]),
        String.class,
        String.class,
        Long.class);
    all.add(
        "substring",
        a -> substring((String) a[0], (Long) a[1], length((String) a[0])),
        String.class,
        Long.class);
    all.add(
        "substring",
        a -> substring((String) a[0], (Long) a[1], (Long) a[2]),
        String.class,
        Long.class,
        Long.class);
    all.add("trim", a -> trim((String) a[0]), String.class);
    all.add("strings.quote", a -> quote((String) a[0]), String.class);
    all.add("join", a -> join((List<?>) a[0], ""), List.class);
    all.add("join", a -> join((List<?>) a[0], (String) a[1]), List.class, String.class);
    all.add(
        "format", a -> TextFormat.format((String) a[0], (List<?>) a[1]), String.class, List.class);
    all.add("find", a -> find((String) a[0], (String) a[1]), String.class, String.class);
    all.add("findAll", a -> findAll((String) a[0], (String) a[1], -1), String.class, String.class);
    all.add(
        "findAll",
        a -> findAll((String) a[0], (String) a[1], (Long) a[2]),
        String.class,
        String.class,
        Long.class);
    all.add("jsonpatch.escapeKey", a -> escapeKey((String) a[0]), String.class);
  }

  private static long length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static CelEvaluationException outOfRange(long index) {
    return new CelEvaluationException("index out of range: " + index);
  }

  private static String charAt(String text, long index) {
    long length = length(text);
    if (index < 0 || index > length) {
      throw outOfRange(index);
    }
    if (index == length) {
      return "";
    }
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) index)));
  }

  private static long indexOf(String text, String part, long offset) {
    if (part.isEmpty()) {
      return offset;
    }
    if (offset < 0) {
      throw outOfRange(offset);
    }
    if (offset >= length(text)) {
      return -1;
    }
    int at = text.indexOf(part, text.offsetByCodePoints(0, (int) offset));
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static long lastIndexOf(String text, String part) {
    if (part.isEmpty()) {
      return length(text);
    }
    int at = text.lastIndexOf(part);
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static long lastIndexOf(String text, String part, long offset) {
    if (part.isEmpty()) {
      return offset;
    }
    if (offset < 0) {
      throw outOfRange(offset);
    }
    if (offset >= length(text)) {
      return -1;
    }
    int at = text.lastIndexOf(part, text.offsetByCodePoints(0, (int) offset));
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static String ascii(String text, char from, char to, int shift) {
    StringBuilder result = new StringBuilder(text);
    for (int i = 0; i < result.length(); i++) {
      char c = result.charAt(i);
      if (c >= from && c <= to) {
        result.setCharAt(i, (char) (c + shift));
      }
    }
    return result.toString();
  }

  private static String replace(String text, String from, String to, long most) {
    if (most < 0 && !from.isEmpty()) {
      return bounded(text.replace(from, to));
    }
    StringBuilder result = new StringBuilder();
    int at = 0;
    long left = most < 0 ? Long.MAX_VALUE : most;
    if (from.isEmpty()) {
      while (left-- > 0 && at <= text.length()) {
        result.append(to);
        if (at == text.length()) {
          return bounded(result.toString());
        }
        int next = text.offsetByCodePoints(at, 1);
        result.append(text, at, next);
        at = next;
      }
      return bounded(result.append(text, at, text.length()).toString());
    }
    while (left-- > 0) {
      int found = text.indexOf(from, at);
      if (found < 0) {
        break;
      }
      result.append(text, at, found).append(to);
      at = found + from.length();
    }
    return bounded(result.append(text, at, text.length()).toString());
  }

  /** Texts that grow and grow must not fill the memory before their cost is counted. */
  static String bounded(String text) {
    if (text.length() > 64 << 20) {
      throw new CelEvaluationException("the text is too long");
    }
    return text;
  }

  private static List<Object> split(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    if (most == 0) {
      return parts;
    }
    int at = 0;
    if (separator.isEmpty()) {
      while (at < text.length()) {
        if (most > 0 && parts.size() == most - 1) {
          parts.add(text.substring(at));
          return parts;
        }
        int next = text.offsetByCodePoints(at, 1);
        parts.add(text.substring(at, next));
        at = next;
      }
      return parts;
    }
    while (most < 0 || parts.size() < most - 1) {
      int found = text.indexOf(separator, at);
      if (found < 0) {
        break;
      }
      parts.add(text.substring(at, found));
      at = found + separator.length();
    }
    parts.add(text.substring(at));
    return parts;
  }

  private static String substring(String text, long start, long end) {
    long length = length(text);
    if (start > end && end != length) {
      throw new CelEvaluationException(
          "invalid substring range. start: " + start + ", end: " + end);
    }
    if (start < 0 || start > length) {
      throw outOfRange(start);
    }
    if (end < 0 || end > length) {
      throw outOfRange(end);
    }
    int from = text.offsetByCodePoints(0, (int) start);
    return text.substring(from, text.offsetByCodePoints(from, (int) (end - start)));
  }

  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || Character.isSpaceChar(c);
  }

  /** In double quotes, with escapes for what can't be printed. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case 7 -> quoted.append("\\a");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case 11 -> quoted.append("\\v");
                case '\\' -> quoted.append("\\\\");
                case '"' -> quoted.append("\\\"");
                default -> quoted.appendCodePoint(c);
              }
            });
    return quoted.append('"').toString();
  }

  private static String join(List<?> parts, String separator) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      if (!(parts.get(i) instanceof String part)) {
        throw new CelEvaluationException("join: invalid input: " + parts.get(i));
      }
      all.append(i == 0 ? "" : separator).append(part);
      if (all.length() > 64 << 20) {
        throw new CelEvaluationException("the text is too long");
      }
    }
    return all.toString();
  }

  private static String find(String text, String regex) {
    Matcher matcher = Patterns.compile(regex).matcher(text);
    return matcher.find() ? matcher.group() : "";
  }

  private static List<Object> findAll(String text, String regex, long most) {
    List<Object> found = new ArrayList<>();
    Matcher matcher = Patterns.compile(regex).matcher(text);
    while ((most < 0 || found.size() < most) && matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static String escapeKey(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }

  /** Lower-case hexadecimal digits of a text's bytes. */
  static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(String.format(Locale.ROOT, "%02x", b));
    }
    return text.toString();
  }
}
