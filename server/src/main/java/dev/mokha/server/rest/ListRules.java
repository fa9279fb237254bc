package dev.mokha.server.rest;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.Query;
import java.util.ArrayList;
import java.util.List;

/**
 * Which parameters of a list, a watch and a deletecollection go together (ListOptions in {@code
 * meta.k8s.io}; KEP-3157 for {@code sendInitialEvents}).
 */
final class ListRules {
  private static final String MATCH = "resourceVersionMatch";
  private static final String INITIAL = "sendInitialEvents";

  private ListRules() {}

  /**
   * Looks at the parameters of a list or a deletecollection.
   *
   * @throws StatusException {@code Invalid}
   */
  static void checkList(Query query) {
    List<StatusCause> causes = new ArrayList<>(0);
    String match = query.get(MATCH);
    if (query.has(INITIAL)) {
      forbidden(causes, INITIAL, "sendInitialEvents is forbidden for list");
    }
    if (!match.isEmpty()) {
      String version = query.get("resourceVersion");
      if (!query.get("continue").isEmpty()) {
        forbidden(causes, MATCH, MATCH + " is forbidden when continue is provided");
      }
      if (version.isEmpty()) {
        forbidden(causes, MATCH, MATCH + " is forbidden unless resourceVersion is provided");
      }
      if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
        unsupported(causes, match, "\"Exact\", \"NotOlderThan\", \"\"");
      }
      if (match.equals("Exact") && version.equals("0")) {
        forbidden(causes, MATCH, MATCH + " \"exact\" is forbidden for resourceVersion \"0\"");
      }
    }
    refuseIfAny(causes);
  }

  /**
   * Looks at the parameters of a watch.
   *
   * @throws StatusException {@code Invalid}
   */
  static void checkWatch(Query query) {
    List<StatusCause> causes = new ArrayList<>(0);
    String match = query.get(MATCH);
    boolean newest = match.equals("NotOlderThan");
    if (query.has(INITIAL) && !newest) {
      forbidden(
          causes, MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if (!match.isEmpty()) {
      if (!query.has(INITIAL)) {
        forbidden(
            causes, MATCH, MATCH + " is forbidden for watch unless sendInitialEvents is provided");
      }
      if (!newest) {
        unsupported(causes, match, "\"NotOlderThan\"");
      }
    }
    if (!query.get("continue").isEmpty()) {
      forbidden(causes, MATCH, MATCH + " is forbidden when continue is provided");
    }
    refuseIfAny(causes);
  }

  private static void forbidden(List<StatusCause> causes, String field, String why) {
    causes.add(new StatusCause("FieldValueForbidden", "Forbidden: " + why, field));
  }

  private static void unsupported(List<StatusCause> causes, String value, String supported) {
    causes.add(
        new StatusCause(
            "FieldValueNotSupported",
            "Unsupported value: \"%s\": supported values: %s".formatted(value, supported),
            MATCH));
  }

  private static void refuseIfAny(List<StatusCause> causes) {
    if (!causes.isEmpty()) {
      throw StatusException.invalid("meta.k8s.io", "ListOptions", "", causes);
    }
  }

  /**
   * A resourceVersion; 0 for none.
   *
   * @throws StatusException {@code BadRequest} when it is no whole number
   */
  static long revision(String text) {
    if (text.isEmpty() || text.equals("0")) {
      return 0;
    }
    try {
      long revision = Long.parseLong(text);
      if (revision >= 0 && text.charAt(0) != '+') {
        return revision;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw StatusException.badRequest(
        "invalid resource version: resourceVersion: Invalid value: \"%s\": strconv.ParseUint: "
                .formatted(text)
            + "parsing \"%s\": invalid syntax".formatted(text));
  }

  /**
   * A parameter that is a whole number; 0 when it is not there, or negative.
   *
   * @throws StatusException {@code BadRequest} when it is none
   */
  static long number(Query query, String name) {
    String text = query.get(name);
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return Math.clamp(Long.parseLong(text), 0, Integer.MAX_VALUE);
    } catch (NumberFormatException e) {
      throw StatusException.badRequest(
          "strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text));
    }
  }
}
