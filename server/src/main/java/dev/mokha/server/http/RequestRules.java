package dev.mokha.server.http;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a request before anybody looks at what it is about. */
final class RequestRules {
  private static final int MOST_MANAGER_BYTES = 128;

  private RequestRules() {}

  /**
   * Looks at method and path.
   *
   * @throws StatusException {@code MethodNotAllowed}
   */
  static void checkMethod(String method, RequestTarget target) {
    boolean allowed =
        switch (method) {
          case "GET", "DELETE" -> true;
          case "POST" -> target.name().isEmpty() || !target.subresource().isEmpty();
          case "PUT", "PATCH" -> !target.name().isEmpty();
          default -> false;
        };
    if (!allowed) {
      throw methodNotAllowed();
    }
  }

  static StatusException methodNotAllowed() {
    return new StatusException(
        StatusReason.METHOD_NOT_ALLOWED,
        "the server does not allow this method on the requested resource",
        StatusException.Details.NONE);
  }

  /**
   * How long the client is willing to wait, at most {@link Deadlines#MOST}.
   *
   * @throws StatusException {@code BadRequest}
   */
  static Duration timeout(Query query) {
    String text = query.get("timeout");
    if (text.isEmpty()) {
      return Deadlines.MOST;
    }
    try {
      Duration asked = Durations.parse(text);
      boolean usable = asked.isPositive() && asked.compareTo(Deadlines.MOST) < 0;
      return usable ? asked : Deadlines.MOST;
    } catch (IllegalArgumentException e) {
      throw StatusException.badRequest(
          "invalid timeout specified in the request URL - " + e.getMessage());
    }
  }

  /**
   * Looks at the parameters of a table.
   *
   * @throws StatusException {@code BadRequest}
   */
  static void checkTable(Accept accept, Query query) {
    String include = query.get("includeObject");
    if (accept.form() == Accept.Form.TABLE
        && !List.of("", "None", "Metadata", "Object").contains(include)) {
      throw StatusException.badRequest(
          "Unable to convert to Table as requested: includeObject: Invalid value: \"%s\": must be"
                  .formatted(include)
              + " 'Metadata', 'Object', 'None', or empty");
    }
  }

  /**
   * Looks at the parameters of a write.
   *
   * @throws StatusException {@code Invalid}
   */
  static void checkWrite(String verb, Query query) {
    List<StatusCause> causes = new ArrayList<>(0);
    List<String> dryRun = query.all("dryRun");
    if (!dryRun.isEmpty() && !dryRun.stream().allMatch(v -> v.equals("All"))) {
      causes.add(
          new StatusCause(
              "FieldValueNotSupported",
              "Unsupported value: [\"%s\"]: supported values: \"All\""
                  .formatted(String.join("\",\"", dryRun)),
              "dryRun"));
    }
    String manager = query.get("fieldManager");
    if (manager.length() > MOST_MANAGER_BYTES) {
      causes.add(
          new StatusCause(
              "FieldValueTooLong",
              "Too long: may not be more than " + MOST_MANAGER_BYTES + " bytes",
              "fieldManager"));
    }
    for (int i = 0; i < manager.length(); i++) {
      if (Character.isISOControl(manager.charAt(i))) {
        causes.add(
            new StatusCause(
                "FieldValueInvalid",
                "Invalid value: \"%s\": should only contain printable characters"
                    .formatted(manager),
                "fieldManager"));
        break;
      }
    }
    if (!causes.isEmpty()) {
      throw StatusException.invalid("meta.k8s.io", options(verb), "", causes);
    }
  }

  private static String options(String verb) {
    return switch (verb) {
      case "create" -> "CreateOptions";
      case "update" -> "UpdateOptions";
      case "patch" -> "PatchOptions";
      default -> "DeleteOptions";
    };
  }
}
