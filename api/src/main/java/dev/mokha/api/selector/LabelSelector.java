package dev.mokha.api.selector;

import dev.mokha.api.selector.Requirement.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Chooses objects by their labels: all requirements must hold. Made from the text form of query
 * parameters ({@code app=web,tier in (front,back),!canary}) or from the object form that kinds have
 * in {@code spec.selector}.
 */
public final class LabelSelector {
  /** Chooses every object. */
  public static final LabelSelector EVERYTHING = new LabelSelector(List.of(), false);

  /** Chooses no object; what an absent selector in the object form means. */
  public static final LabelSelector NOTHING = new LabelSelector(List.of(), true);

  private final List<Requirement> requirements;
  private final boolean nothing;

  private LabelSelector(List<Requirement> requirements, boolean nothing) {
    this.requirements = List.copyOf(requirements);
    this.nothing = nothing;
  }

  /** All of these requirements. */
  public static LabelSelector of(List<Requirement> requirements) {
    if (requirements.isEmpty()) {
      return EVERYTHING;
    }
    List<Requirement> sorted = new ArrayList<>(requirements);
    sorted.sort(Comparator.comparing(Requirement::key));
    return new LabelSelector(sorted, false);
  }

  /**
   * Reads the text form; the empty text chooses everything.
   *
   * @throws SelectorException when the text is no selector
   */
  public static LabelSelector parse(String text) {
    return of(new LabelSelectorParser(text).parse());
  }

  /** Labels that must all be there with these values, as a ReplicationController's selector. */
  public static LabelSelector ofLabels(Map<String, String> labels) {
    List<Requirement> requirements = new ArrayList<>(labels.size());
    labels.forEach((k, v) -> requirements.add(new Requirement(k, Operator.EQUALS, List.of(v))));
    return of(requirements);
  }

  /**
   * Reads the object form, {@code matchLabels} and {@code matchExpressions}. Null or a JSON null
   * chooses nothing, the empty object everything.
   *
   * @throws SelectorException when an expression makes no sense
   */
  public static LabelSelector ofObject(JsonNode selector) {
    if (selector == null || selector.isNull() || selector.isMissingNode()) {
      return NOTHING;
    }
    List<Requirement> requirements = new ArrayList<>();
    for (Map.Entry<String, JsonNode> label : selector.path("matchLabels").properties()) {
      requirements.add(
          Requirement.checked(
              label.getKey(), Operator.EQUALS, List.of(label.getValue().asString())));
    }
    for (JsonNode expression : selector.path("matchExpressions")) {
      requirements.add(requirement(expression));
    }
    return of(requirements);
  }

  private static Requirement requirement(JsonNode expression) {
    String key = expression.path("key").asString("");
    List<String> values = new ArrayList<>();
    expression.path("values").forEach(v -> values.add(v.asString()));
    String name = expression.path("operator").asString("");
    Operator operator =
        switch (name) {
          case "In" -> Operator.IN;
          case "NotIn" -> Operator.NOT_IN;
          case "Exists" -> Operator.EXISTS;
          case "DoesNotExist" -> Operator.DOES_NOT_EXIST;
          default ->
              throw new SelectorException(
                  "\"" + name + "\" is not a valid label selector operator");
        };
    boolean wantsValues = operator == Operator.IN || operator == Operator.NOT_IN;
    if (wantsValues && values.isEmpty()) {
      throw new SelectorException(
          "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
    }
    if (!wantsValues && !values.isEmpty()) {
      throw new SelectorException(
          "values: Invalid value: [\"%s\"]: values set must be empty for exists and does not exist"
              .formatted(String.join("\",\"", values)));
    }
    return Requirement.checked(key, operator, values);
  }

  /** Whether an object with these labels is chosen. */
  public boolean matches(Map<String, String> labels) {
    if (nothing) {
      return false;
    }
    for (Requirement requirement : requirements) {
      if (!requirement.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  /** True when it chooses every object. */
  public boolean isEverything() {
    return !nothing && requirements.isEmpty();
  }

  /** The requirements, sorted by key. */
  public List<Requirement> requirements() {
    return requirements;
  }

  /** The one value that the label must have, where the selector says so: good for an index. */
  public Optional<String> requiredValue(String key) {
    return requirements.stream()
        .filter(r -> r.key().equals(key) && r.values().size() == 1)
        .filter(r -> r.operator() == Operator.EQUALS || r.operator() == Operator.IN)
        .map(r -> r.values().getFirst())
        .findFirst();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelSelector s
        && s.nothing == nothing
        && s.requirements.equals(requirements);
  }

  @Override
  public int hashCode() {
    return requirements.hashCode() * 2 + (nothing ? 1 : 0);
  }

  /** The text form; of {@link #NOTHING}, which has none, an empty text. */
  @Override
  public String toString() {
    return String.join(",", requirements.stream().map(Requirement::toString).toList());
  }
}
