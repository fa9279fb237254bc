package dev.mokha.api.names;

import java.util.ArrayList;
import java.util.List;

/**
 * The rules for names. Each method returns what is wrong with a value, in the words Kubernetes'
 * clients know, and an empty list when nothing is. A message follows {@code Invalid value: "x": }
 * in a field's error.
 */
public final class Names {
  /** Longest DNS label (RFC 1123, RFC 1035). */
  public static final int LABEL_LENGTH = 63;

  /** Longest DNS subdomain. */
  public static final int SUBDOMAIN_LENGTH = 253;

  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final String SUBDOMAIN = LABEL + "(\\." + LABEL + ")*";
  private static final String LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
  private static final String QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
  private static final String CONFIG_KEY = "[-._a-zA-Z0-9]+";
  private static final String C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";

  private Names() {}

  /** A lower-case DNS label (RFC 1123): names of namespaces, containers, volumes. */
  public static List<String> dns1123Label(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, LABEL_LENGTH);
    if (!isLabel(value, 0, value.length(), false)) {
      wrong.add(
          isSubdomain(value)
              ? "must not contain dots"
              : regex(
                  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters"
                      + " or '-', and must start and end with an alphanumeric character",
                  LABEL,
                  "my-name",
                  "123-abc"));
    }
    return wrong;
  }

  /** Dotted DNS labels (RFC 1123): names of most objects. */
  public static List<String> dns1123Subdomain(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, SUBDOMAIN_LENGTH);
    if (!isSubdomain(value)) {
      wrong.add(
          regex(
              "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
                  + " '-' or '.', and must start and end with an alphanumeric character",
              SUBDOMAIN,
              "example.com"));
    }
    return wrong;
  }

  /** A subdomain whose labels may have underscores: search paths of a resolver (KEP-4427). */
  public static List<String> searchPath(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, SUBDOMAIN_LENGTH);
    boolean sound = true;
    for (String label : value.split("\\.", -1)) {
      String plain = label.startsWith("_") ? label.substring(1) : label;
      boolean ends = plain.endsWith("_") || plain.startsWith("_");
      sound &= !ends && isLabel(plain.replace('_', '-'), 0, plain.length(), false);
    }
    if (!sound) {
      wrong.add(
          regex(
              "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
                  + " '_', '-' or '.', and must start and end with an alphanumeric character",
              "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
              "example.com"));
    }
    return wrong;
  }

  /** A subdomain whose first label is {@code *}. */
  public static List<String> wildcardDns1123Subdomain(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, SUBDOMAIN_LENGTH);
    if (!value.startsWith("*.") || !isSubdomain(value.substring(2))) {
      wrong.add(
          regex(
              "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS"
                  + " subdomain, which must consist of lower case alphanumeric characters, '-' or"
                  + " '.' and end with an alphanumeric character",
              "\\*\\." + SUBDOMAIN,
              "*.example.com"));
    }
    return wrong;
  }

  /** A DNS label that starts with a letter (RFC 1035): names of services. */
  public static List<String> dns1035Label(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, LABEL_LENGTH);
    if (!isLabel(value, 0, value.length(), true)) {
      wrong.add(
          regex(
              "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start"
                  + " with an alphabetic character, and end with an alphanumeric character",
              LABEL_1035,
              "my-name",
              "abc-123"));
    }
    return wrong;
  }

  /** A name with an optional DNS prefix: keys of labels and annotations, resources, conditions. */
  public static List<String> qualifiedName(String value) {
    List<String> wrong = new ArrayList<>(1);
    String name = value;
    int slash = value.indexOf('/');
    if (slash >= 0) {
      if (value.indexOf('/', slash + 1) >= 0) {
        wrong.add(
            "a qualified name "
                + regex(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc")
                + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
        return wrong;
      }
      String prefix = value.substring(0, slash);
      name = value.substring(slash + 1);
      if (prefix.isEmpty()) {
        wrong.add("prefix part must be non-empty");
      } else {
        prefix(wrong, prefix);
      }
    }
    if (name.isEmpty()) {
      wrong.add("name part must be non-empty");
    } else if (name.length() > LABEL_LENGTH) {
      wrong.add("name part must be no more than 63 bytes");
    }
    if (!isQualified(name)) {
      wrong.add("name part " + regex(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc"));
    }
    return wrong;
  }

  private static final String QUALIFIED_TEXT =
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
          + " alphanumeric character";

  /** A value of a label; the empty one is fine. */
  public static List<String> labelValue(String value) {
    List<String> wrong = new ArrayList<>(1);
    if (value.length() > LABEL_LENGTH) {
      wrong.add("must be no more than 63 bytes");
    }
    if (!value.isEmpty() && !isQualified(value)) {
      wrong.add(
          regex(
              "a valid label must be an empty string or consist of alphanumeric characters, '-',"
                  + " '_' or '.', and must start and end with an alphanumeric character",
              "(" + QUALIFIED + ")?",
              "MyValue",
              "my_value",
              "12345"));
    }
    return wrong;
  }

  /** A key of a ConfigMap's or Secret's data, which becomes a file name. */
  public static List<String> configMapKey(String value) {
    List<String> wrong = new ArrayList<>(1);
    limit(wrong, value, SUBDOMAIN_LENGTH);
    if (value.isEmpty() || !value.chars().allMatch(Names::isQualifiedCharacter)) {
      wrong.add(
          regex(
              "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
              CONFIG_KEY,
              "key.name",
              "KEY_NAME",
              "key-name"));
    }
    if (value.equals(".")) {
      wrong.add("must not be '.'");
    } else if (value.equals("..")) {
      wrong.add("must not be '..'");
    } else if (value.startsWith("..")) {
      wrong.add("must not start with '..'");
    }
    return wrong;
  }

  /** A name of an environment variable: printable ASCII without {@code =} (KEP-4369). */
  public static List<String> envName(String value) {
    if (value.isEmpty()) {
      return List.of("environment variable name must be non-empty");
    }
    return value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '=')
        ? List.of()
        : List.of(
            "a valid environment variable name must consist only of printable ASCII characters"
                + " other than '='");
  }

  /** An identifier of the language C. */
  public static List<String> cIdentifier(String value) {
    return isCIdentifier(value)
        ? List.of()
        : List.of(
            regex(
                "a valid C identifier must start with alphabetic character or '_', followed by a"
                    + " string of alphanumeric characters or '_'",
                C_IDENTIFIER,
                "my_name",
                "MY_NAME",
                "MyName"));
  }

  /** A number of a port. */
  public static List<String> portNumber(long value) {
    return value >= 1 && value <= 65535
        ? List.of()
        : List.of("must be between 1 and 65535, inclusive");
  }

  /** A name of a port (RFC 6335). */
  public static List<String> portName(String value) {
    List<String> wrong = new ArrayList<>(1);
    if (value.length() > 15) {
      wrong.add("must be no more than 15 characters");
    }
    if (!value.chars().allMatch(c -> isLowerOrDigit(c) || c == '-')) {
      wrong.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (value.chars().noneMatch(c -> c >= 'a' && c <= 'z')) {
      wrong.add("must contain at least one letter (a-z)");
    }
    if (value.contains("--")) {
      wrong.add("must not contain consecutive hyphens");
    }
    if (value.startsWith("-") || value.endsWith("-")) {
      wrong.add("must not begin or end with a hyphen");
    }
    return wrong;
  }

  /** A name that becomes one element of a URL path: names of roles and bindings. */
  public static List<String> pathSegment(String value) {
    if (value.equals(".") || value.equals("..")) {
      return List.of("may not be '" + value + "'");
    }
    List<String> wrong = new ArrayList<>(1);
    for (String bad : List.of("/", "%")) {
      if (value.contains(bad)) {
        wrong.add("may not contain '" + bad + "'");
      }
    }
    return wrong;
  }

  /** Whether it is a DNS subdomain; length aside. */
  private static boolean isSubdomain(String value) {
    int from = 0;
    for (int dot = value.indexOf('.'); dot >= 0; dot = value.indexOf('.', from)) {
      if (!isLabel(value, from, dot, false)) {
        return false;
      }
      from = dot + 1;
    }
    return isLabel(value, from, value.length(), false);
  }

  private static boolean isLabel(String value, int from, int to, boolean letterFirst) {
    if (from >= to || value.charAt(from) == '-' || value.charAt(to - 1) == '-') {
      return false;
    }
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      if (!isLowerOrDigit(c) && c != '-') {
        return false;
      }
    }
    return !letterFirst || value.charAt(from) >= 'a';
  }

  private static boolean isQualified(String value) {
    return !value.isEmpty()
        && isAlphanumeric(value.charAt(0))
        && isAlphanumeric(value.charAt(value.length() - 1))
        && value.chars().allMatch(Names::isQualifiedCharacter);
  }

  private static boolean isCIdentifier(String value) {
    return !value.isEmpty()
        && !(value.charAt(0) >= '0' && value.charAt(0) <= '9')
        && value.chars().allMatch(c -> isAlphanumeric(c) || c == '_');
  }

  private static boolean isLowerOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean isAlphanumeric(int c) {
    return isLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
  }

  private static boolean isQualifiedCharacter(int c) {
    return isAlphanumeric(c) || c == '-' || c == '_' || c == '.';
  }

  private static void prefix(List<String> wrong, String prefix) {
    if (prefix.length() > SUBDOMAIN_LENGTH) {
      wrong.add("prefix part must be no more than 253 bytes");
    }
    if (!isSubdomain(prefix)) {
      dns1123Subdomain(prefix).forEach(m -> wrong.add("prefix part " + m));
    }
  }

  private static void limit(List<String> wrong, String value, int most) {
    if (value.length() > most) {
      wrong.add("must be no more than " + most + " characters");
    }
  }

  private static String regex(String rule, String regex, String... examples) {
    StringBuilder text = new StringBuilder(rule).append(" (e.g. ");
    for (int i = 0; i < examples.length; i++) {
      text.append(i > 0 ? " or " : "").append('\'').append(examples[i]).append("', ");
    }
    return text.append("regex used for validation is '").append(regex).append("')").toString();
  }
}
