package dev.mokha.api.selector;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.names.Names;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One condition on one label.
 *
 * @param key the label's key
 * @param operator the comparison
 * @param values what to compare with, sorted and distinct
 */
public record Requirement(String key, Operator operator, List<String> values) {

  /** The comparisons; {@link #EQUALS} and {@link #IN} of one value mean the same. */
  public enum Operator {
    /** {@code k=v} or {@code k==v}. */
    EQUALS,
    /** {@code k!=v}; an absent label satisfies it. */
    NOT_EQUALS,
    /** {@code k in (a,b)}. */
    IN,
    /** {@code k notin (a,b)}; an absent label satisfies it. */
    NOT_IN,
    /** {@code k}. */
    EXISTS,
    /** {@code !k}. */
    DOES_NOT_EXIST,
    /** {@code k>5}: the label is a greater whole number. */
    GREATER_THAN,
    /** {@code k<5}: the label is a smaller whole number. */
    LESS_THAN
  }

  /** Copies and sorts the values. */
  public Requirement {
    requireNonNull(key, "key");
    requireNonNull(operator, "operator");
    values = List.copyOf(new TreeSet<>(values));
  }

  /**
   * A requirement whose key and values keep the rules for labels.
   *
   * @throws SelectorException when they don't
   */
  static Requirement checked(String key, Operator operator, Collection<String> values) {
    List<String> wrong = Names.qualifiedName(key);
    if (!wrong.isEmpty()) {
      throw new SelectorException(
          "<nil>: Invalid value: \"%s\": %s".formatted(key, String.join("; ", wrong)));
    }
    switch (operator) {
      case GREATER_THAN, LESS_THAN -> {
        for (String value : values) {
          if (!isWhole(value)) {
            throw new SelectorException(
                "values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' operators, the value must be an integer"
                    .formatted(value));
          }
        }
      }
      case EQUALS, NOT_EQUALS, IN, NOT_IN -> {
        int i = 0;
        for (String value : values) {
          List<String> badValue = Names.labelValue(value);
          if (!badValue.isEmpty()) {
            throw new SelectorException(
                "values[%d][%s]: Invalid value: \"%s\": %s"
                    .formatted(i, key, value, String.join("; ", badValue)));
          }
          i++;
        }
      }
      case EXISTS, DOES_NOT_EXIST -> {}
    }
    return new Requirement(key, operator, List.copyOf(values));
  }

  /** Whether an object with these labels satisfies it. */
  public boolean matches(Map<String, String> labels) {
    String value = labels.get(key);
    return switch (operator) {
      case EQUALS, IN -> value != null && values.contains(value);
      case NOT_EQUALS, NOT_IN -> value == null || !values.contains(value);
      case EXISTS -> value != null;
      case DOES_NOT_EXIST -> value == null;
      case GREATER_THAN -> value != null && isWhole(value) && compare(value) > 0;
      case LESS_THAN -> value != null && isWhole(value) && compare(value) < 0;
    };
  }

  private int compare(String value) {
    return Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst()));
  }

  private static boolean isWhole(String value) {
    try {
      Long.parseLong(value);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** The text form. */
  @Override
  public String toString() {
    return switch (operator) {
      case EQUALS -> key + "=" + values.getFirst();
      case NOT_EQUALS -> key + "!=" + values.getFirst();
      case IN -> key + " in (" + String.join(",", values) + ")";
      case NOT_IN -> key + " notin (" + String.join(",", values) + ")";
      case EXISTS -> key;
      case DOES_NOT_EXIST -> "!" + key;
      case GREATER_THAN -> key + ">" + values.getFirst();
      case LESS_THAN -> key + "<" + values.getFirst();
    };
  }
}
