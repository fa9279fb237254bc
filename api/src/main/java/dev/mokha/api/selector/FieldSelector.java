package dev.mokha.api.selector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Chooses objects by the values of a few fields: {@code spec.nodeName=n1,status.phase!=Failed}. All
 * terms must hold. An absent field counts as the empty text.
 */
public final class FieldSelector {
  /** Chooses every object. */
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  private final List<Term> terms;

  /**
   * One comparison.
   *
   * @param field such as {@code metadata.name}
   * @param equal whether the value must be equal or must not
   * @param value the value
   */
  public record Term(String field, boolean equal, String value) {}

  private FieldSelector(List<Term> terms) {
    this.terms = List.copyOf(terms);
  }

  /** All of these terms. */
  public static FieldSelector of(List<Term> terms) {
    return terms.isEmpty() ? EVERYTHING : new FieldSelector(terms);
  }

  /** One field that must have one value. */
  public static FieldSelector equal(String field, String value) {
    return new FieldSelector(List.of(new Term(field, true, value)));
  }

  /**
   * Reads the text form. A backslash takes the meaning from a comma, an equals sign or a backslash
   * in a value.
   *
   * @throws SelectorException when the text is no field selector
   */
  public static FieldSelector parse(String text) {
    List<Term> terms = new ArrayList<>();
    for (String part : split(text)) {
      if (!part.isEmpty()) {
        terms.add(term(part, text));
      }
    }
    return of(terms);
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == ',') {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static Term term(String part, String whole) {
    for (int i = 0; i < part.length(); i++) {
      for (String operator : List.of("!=", "==", "=")) {
        if (part.startsWith(operator, i)) {
          return new Term(
              part.substring(0, i),
              !operator.equals("!="),
              unescape(part.substring(i + operator.length())));
        }
      }
    }
    throw new SelectorException(
        "invalid selector: '%s'; can't understand '%s'".formatted(whole, part));
  }

  private static String unescape(String value) {
    if (value.indexOf('\\') < 0 && value.indexOf('=') < 0) {
      return value;
    }
    StringBuilder text = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\') {
        i++;
        if (i == value.length() || "\\,=".indexOf(value.charAt(i)) < 0) {
          String sequence = i == value.length() ? "\\" : "\\" + value.charAt(i);
          throw new SelectorException(
              "invalid field selector: invalid escape sequence: " + sequence);
        }
        text.append(value.charAt(i));
      } else if (c == '=') {
        throw new SelectorException("invalid field selector: unescaped character in value: =");
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /** Whether an object is chosen whose fields the function tells; it may answer null for none. */
  public boolean matches(UnaryOperator<String> fields) {
    for (Term term : terms) {
      String value = fields.apply(term.field());
      if (term.equal() != term.value().equals(value == null ? "" : value)) {
        return false;
      }
    }
    return true;
  }

  /** True when it chooses every object. */
  public boolean isEverything() {
    return terms.isEmpty();
  }

  /** The terms, in their order. */
  public List<Term> terms() {
    return terms;
  }

  /** The one value that the field must have, where the selector says so: good for an index. */
  public Optional<String> requiredValue(String field) {
    return terms.stream()
        .filter(t -> t.equal() && t.field().equals(field))
        .map(Term::value)
        .findFirst();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldSelector s && s.terms.equals(terms);
  }

  @Override
  public int hashCode() {
    return terms.hashCode();
  }

  /** The text form. */
  @Override
  public String toString() {
    return String.join(
        ",",
        terms.stream().map(t -> t.field() + (t.equal() ? "=" : "!=") + escape(t.value())).toList());
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=");
  }
}
