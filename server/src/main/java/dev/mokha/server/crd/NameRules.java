package dev.mokha.server.crd;

import static dev.mokha.server.crd.Definition.texts;

import dev.mokha.api.object.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a definition may have the names it asks for: within a group no two definitions share a
 * plural, singular or short name, nor a kind. A definition keeps the names it has been given, also
 * while it asks for others that are taken.
 */
final class NameRules {
  /**
   * The outcome.
   *
   * @param acceptedNames for {@code status.acceptedNames}
   * @param reason of the condition {@code NamesAccepted}: {@code NoConflicts}, or which name is
   *     taken
   * @param message of the condition
   */
  record Outcome(ObjectNode acceptedNames, String reason, String message) {
    boolean accepted() {
      return reason.equals("NoConflicts");
    }
  }

  private final Set<String> resources = new HashSet<>();
  private final Set<String> kinds = new HashSet<>();
  private String reason = "NoConflicts";
  private String message = "no conflicts found";

  private NameRules() {}

  /**
   * Judges the names of a definition.
   *
   * @param othersNames the {@code acceptedNames} of all other definitions of its group
   */
  static Outcome judge(Definition definition, Collection<JsonNode> othersNames) {
    NameRules rules = new NameRules();
    for (JsonNode names : othersNames) {
      rules.resources.add(names.path("plural").asString(""));
      rules.resources.add(names.path("singular").asString(""));
      rules.resources.addAll(texts(names.path("shortNames")));
      rules.kinds.add(names.path("kind").asString(""));
      rules.kinds.add(names.path("listKind").asString(""));
    }
    rules.resources.remove("");
    rules.kinds.remove("");
    return rules.judge(definition.spec().path("names"), definition.status().path("acceptedNames"));
  }

  private Outcome judge(JsonNode wanted, JsonNode had) {
    ObjectNode names = Json.MAPPER.createObjectNode();
    String plural = one(wanted, had, "plural", resources, "PluralConflict");
    String singular = one(wanted, had, "singular", resources, "SingularConflict");
    List<String> shortNames = shortNames(texts(wanted.path("shortNames")), had);
    String kind = one(wanted, had, "kind", kinds, "KindConflict");
    String listKind = one(wanted, had, "listKind", kinds, "ListKindConflict");
    names.put("plural", plural);
    put(names, "singular", singular);
    if (!shortNames.isEmpty()) {
      shortNames.forEach(names.putArray("shortNames")::add);
    }
    names.put("kind", kind);
    put(names, "listKind", listKind);
    List<String> categories = texts(wanted.path("categories"));
    if (!categories.isEmpty()) {
      categories.forEach(names.putArray("categories")::add);
    }
    return new Outcome(names, reason, message);
  }

  private static void put(ObjectNode names, String field, String value) {
    if (!value.isEmpty()) {
      names.put(field, value);
    }
  }

  private String one(
      JsonNode wanted, JsonNode had, String field, Set<String> taken, String conflict) {
    String name = wanted.path(field).asString("");
    String before = had.path(field).asString("");
    if (name.equals(before) || !taken.contains(name)) {
      return name;
    }
    refuse(conflict, inUse(name));
    return before;
  }

  private List<String> shortNames(List<String> wanted, JsonNode had) {
    List<String> before = texts(had.path("shortNames"));
    List<String> taken = new ArrayList<>();
    for (String name : wanted) {
      if (!before.contains(name) && resources.contains(name)) {
        taken.add(inUse(name));
      }
    }
    if (taken.isEmpty()) {
      return wanted;
    }
    refuse(
        "ShortNamesConflict",
        taken.size() == 1 ? taken.get(0) : "[" + String.join(", ", taken) + "]");
    return before;
  }

  private static String inUse(String name) {
    return "\"" + name + "\" is already in use";
  }

  private void refuse(String why, String text) {
    reason = why;
    message = text;
  }
}
