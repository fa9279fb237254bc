package dev.mokha.client.match;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;

/** Selectors in their typed form. */
public final class Selectors {
  private Selectors() {}

  /** Whether labels match; a null selector matches nothing, an empty one everything. */
  public static boolean matches(LabelSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return false;
    }
    Map<String, String> have = labels == null ? Map.of() : labels;
    if (selector.getMatchLabels() != null
        && !have.entrySet().containsAll(selector.getMatchLabels().entrySet())) {
      return false;
    }
    if (selector.getMatchExpressions() != null) {
      for (LabelSelectorRequirement r : selector.getMatchExpressions()) {
        if (!matches(r.getOperator(), r.getValues(), have.get(r.getKey()))) {
          return false;
        }
      }
    }
    return true;
  }

  /** The same of a plain map, where an empty one matches nothing. */
  public static boolean matches(Map<String, String> selector, Map<String, String> labels) {
    return selector != null
        && !selector.isEmpty()
        && labels != null
        && labels.entrySet().containsAll(selector.entrySet());
  }

  /**
   * Whether a requirement holds.
   *
   * @param operator {@code In}, {@code NotIn}, {@code Exists}, {@code DoesNotExist}; of node
   *     selectors {@code Gt} and {@code Lt} too, which no text but a number satisfies
   * @param actual what is there; null for nothing
   */
  public static boolean matches(String operator, List<String> values, String actual) {
    return switch (operator) {
      case "In" -> actual != null && values.contains(actual);
      case "NotIn" -> actual == null || !values.contains(actual);
      case "Exists" -> actual != null;
      case "DoesNotExist" -> actual == null;
      case "Gt" -> compare(actual, values) > 0;
      case "Lt" -> compare(actual, values) < 0;
      default -> false;
    };
  }

  /** 0, which is neither, when one of them is no number. */
  private static int compare(String actual, List<String> values) {
    try {
      return actual == null
          ? 0
          : Long.compare(Long.parseLong(actual), Long.parseLong(values.get(0)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
