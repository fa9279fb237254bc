package dev.mokha.engine.build.dockerfile;

import dev.mokha.engine.build.dockerfile.Instruction.RunMount;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads {@code RUN --mount=type=cache,target=/root/.m2}. */
final class RunMounts {
  private static final Set<String> TYPES = Set.of("bind", "cache", "tmpfs", "secret", "ssh");
  private static final Map<String, String> ALIASES =
      Map.of(
          "src",
          "source",
          "dst",
          "target",
          "destination",
          "target",
          "rw",
          "readwrite",
          "ro",
          "readonly");
  private static final List<String> KEYS =
      List.of(
          "type",
          "from",
          "source",
          "target",
          "readonly",
          "id",
          "sharing",
          "mode",
          "uid",
          "gid",
          "size",
          "required",
          "readwrite",
          "env");
  private static final Map<String, Set<String>> ONLY_FOR =
      Map.of("size", Set.of("tmpfs"), "required", Set.of("secret", "ssh"));
  private static final Set<String> OPTIONAL_TARGET = Set.of("secret", "ssh");
  private static final Set<String> SWITCHES = Set.of("readonly", "readwrite", "required");

  private RunMounts() {}

  static RunMount parse(String text) {
    String type = "bind";
    Boolean writable = null;
    String source = "";
    String target = "";
    String from = "";
    String id = "";
    String sharing = "";
    String env = "";
    int mode = -1;
    long uid = 0;
    long gid = 0;
    long size = 0;
    boolean required = false;
    Set<String> given = new HashSet<>();
    for (String field : fields(text)) {
      int equals = field.indexOf('=');
      String name = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
      String key = ALIASES.getOrDefault(name, name);
      if (equals < 0 && !SWITCHES.contains(key)) {
        throw new IllegalArgumentException(
            "invalid field '" + field + "' must be a key=value pair");
      }
      String value = equals < 0 ? "true" : field.substring(equals + 1);
      given.add(key);
      switch (key) {
        case "type" -> type = type(value);
        case "source" -> source = value;
        case "target" -> target = value;
        case "from" -> from = value;
        case "id" -> id = value;
        case "env" -> env = value;
        case "sharing" -> sharing = sharing(value);
        case "readonly" -> writable = !bool(name, value);
        case "readwrite" -> writable = bool(name, value);
        case "required" -> required = bool(key, value);
        case "mode" -> mode = (int) number(key, value, 8);
        case "uid" -> uid = number(key, value, 10);
        case "gid" -> gid = number(key, value, 10);
        case "size" -> size = size(value);
        default ->
            throw new IllegalArgumentException(
                "unexpected key '" + key + "' in '" + field + "'" + Suggestion.of(key, KEYS));
      }
    }
    for (String key : given) {
      if (ONLY_FOR.containsKey(key) && !ONLY_FOR.get(key).contains(type)) {
        throw new IllegalArgumentException(
            "unexpected key '" + key + "' for mount type '" + type + "'");
      }
    }
    if (!sharing.isEmpty() && !type.equals("cache")) {
      throw new IllegalArgumentException("invalid cache sharing set for " + type + " mount");
    }
    if (from.contains("$")) {
      throw new IllegalArgumentException(
          "'from' doesn't support variable expansion, define alias stage instead");
    }
    boolean nowhere = target.isEmpty() ? !OPTIONAL_TARGET.contains(type) : target.matches("[/.]+");
    if (nowhere) {
      throw new IllegalArgumentException("invalid mount target \"/\"");
    }
    if (type.equals("secret")) {
      id = source.isEmpty() ? id : source;
      if (id.isEmpty() && target.isEmpty()) {
        throw new IllegalArgumentException("invalid secret mount. one of source, target required");
      }
    }
    return new RunMount(
        type,
        target,
        source,
        from,
        id,
        writable == null ? type.equals("cache") || type.equals("tmpfs") : writable,
        sharing.isEmpty() ? "shared" : sharing,
        mode,
        uid,
        gid,
        size,
        required,
        env);
  }

  /** Comma-separated, where a field may be quoted as in CSV. */
  private static List<String> fields(String text) {
    List<String> fields = new java.util.ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }

  private static String type(String value) {
    String type = value.toLowerCase(Locale.ROOT);
    if (!TYPES.contains(type)) {
      throw new IllegalArgumentException(
          "unsupported mount type \"" + value + "\"" + Suggestion.of(type, TYPES));
    }
    return type;
  }

  private static String sharing(String value) {
    String mode = value.toLowerCase(Locale.ROOT);
    if (!Set.of("shared", "private", "locked").contains(mode)) {
      throw new IllegalArgumentException("unsupported sharing value \"" + value + "\"");
    }
    return mode;
  }

  private static boolean bool(String key, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "1", "t" -> true;
      case "false", "0", "f" -> false;
      default -> throw new IllegalArgumentException("invalid value for " + key + ": " + value);
    };
  }

  private static long number(String key, String value, int radix) {
    try {
      return Long.parseUnsignedLong(value, radix) & 0xffffffffL;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("invalid value " + value + " for " + key, e);
    }
  }

  private static long size(String value) {
    String text = value.toLowerCase(Locale.ROOT).replaceAll("i?b$", "");
    int shift = text.isEmpty() ? 0 : "kmgt".indexOf(text.charAt(text.length() - 1)) + 1;
    String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
    try {
      return Math.multiplyExact(Long.parseUnsignedLong(digits), 1L << (10 * shift));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("invalid value for size: " + value, e);
    }
  }
}
