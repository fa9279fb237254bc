package dev.mokha.api.error;

import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A failure that a client is to see, in Kubernetes' own form. Thrown by every layer below the HTTP
 * pipeline and by every client, so that code in the same process and code across the network handle
 * one type.
 *
 * <p>Example: {@code throw StatusException.notFound("", "pods", "web-1")} reaches kubectl as {@code
 * Error from server (NotFound): pods "web-1" not found}.
 */
public final class StatusException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final StatusReason reason;
  private final int code;
  private final transient Details details;
  private final transient ObjectNode given;

  /**
   * What the failure is about.
   *
   * @param group API group of the resource, empty for the core group
   * @param kind the resource's plural name, or for invalid objects the kind; empty when unknown
   * @param name the object's name, empty when none
   * @param uid the object's uid, empty when it does not matter
   * @param causes the single causes, in order
   * @param retryAfterSeconds how long a client should wait; 0 for no advice
   */
  public record Details(
      String group,
      String kind,
      String name,
      String uid,
      List<StatusCause> causes,
      int retryAfterSeconds) {
    /** No details. */
    public static final Details NONE = new Details("", "", "", "", List.of(), 0);

    /** Copies the causes. */
    public Details {
      causes = List.copyOf(causes);
    }
  }

  /** A failure with the reason's own HTTP code. */
  public StatusException(StatusReason reason, String message, Details details) {
    this(reason, reason.code(), message, details);
  }

  /** A failure with an HTTP code of its own. */
  public StatusException(StatusReason reason, int code, String message, Details details) {
    this(reason, code, message, details, null);
  }

  private StatusException(
      StatusReason reason, int code, String message, Details details, ObjectNode given) {
    super(message);
    this.reason = Objects.requireNonNull(reason);
    this.code = code;
    this.details = Objects.requireNonNull(details);
    this.given = given;
  }

  /**
   * A failure that somebody else has worded, such as a webhook: the client receives his status as
   * it is, with a reason and details that may be none of ours.
   *
   * @param status with {@code code} and {@code message}
   */
  public static StatusException given(ObjectNode status) {
    String reason = status.path("reason").asString("");
    int seconds = status.path("details").path("retryAfterSeconds").asInt(0);
    return new StatusException(
        StatusReason.of(reason),
        status.path("code").asInt(),
        status.path("message").asString(""),
        new Details("", "", "", "", List.of(), seconds),
        status.deepCopy());
  }

  /** The reason. */
  public StatusReason reason() {
    return reason;
  }

  /** The HTTP status code. */
  public int code() {
    return code;
  }

  /** What the failure is about. */
  public Details details() {
    return details == null ? Details.NONE : details;
  }

  /** True when the object does not exist. */
  public boolean isNotFound() {
    return reason == StatusReason.NOT_FOUND;
  }

  /** True when the object was changed since it was read. */
  public boolean isConflict() {
    return reason == StatusReason.CONFLICT;
  }

  /** True when an object of that name exists already. */
  public boolean isAlreadyExists() {
    return reason == StatusReason.ALREADY_EXISTS;
  }

  /** True when the revision asked for is older than the kept history. */
  public boolean isExpired() {
    return reason == StatusReason.EXPIRED || reason == StatusReason.GONE;
  }

  /** The {@code Status} object a client receives. */
  public ObjectNode toStatus() {
    if (given != null) {
      return given.deepCopy();
    }
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Failure").put("message", getMessage()).put("reason", reason.reason());
    Details d = details();
    if (!d.equals(Details.NONE)) {
      ObjectNode out = status.putObject("details");
      putUnlessEmpty(out, "name", d.name());
      putUnlessEmpty(out, "group", d.group());
      putUnlessEmpty(out, "kind", d.kind());
      putUnlessEmpty(out, "uid", d.uid());
      if (!d.causes().isEmpty()) {
        ArrayNode causes = out.putArray("causes");
        for (StatusCause cause : d.causes()) {
          ObjectNode c = causes.addObject();
          putUnlessEmpty(c, "reason", cause.reason());
          putUnlessEmpty(c, "message", cause.message());
          putUnlessEmpty(c, "field", cause.field());
        }
      }
      if (d.retryAfterSeconds() > 0) {
        out.put("retryAfterSeconds", d.retryAfterSeconds());
      }
    }
    return status.put("code", code);
  }

  private static void putUnlessEmpty(ObjectNode node, String key, String value) {
    if (!value.isEmpty()) {
      node.put(key, value);
    }
  }

  /** 404: no such object. */
  public static StatusException notFound(String group, String resource, String name) {
    return new StatusException(
        StatusReason.NOT_FOUND,
        "%s \"%s\" not found".formatted(qualified(group, resource), name),
        about(group, resource, name));
  }

  /** 409: the name is taken. */
  public static StatusException alreadyExists(String group, String resource, String name) {
    return new StatusException(
        StatusReason.ALREADY_EXISTS,
        "%s \"%s\" already exists".formatted(qualified(group, resource), name),
        about(group, resource, name));
  }

  /** 409: the object is not as the client believes. */
  public static StatusException conflict(
      String group, String resource, String name, String because) {
    return new StatusException(
        StatusReason.CONFLICT,
        "Operation cannot be fulfilled on %s \"%s\": %s"
            .formatted(qualified(group, resource), name, because),
        about(group, resource, name));
  }

  /** 403: the caller may not, or admission refuses. */
  public static StatusException forbidden(
      String group, String resource, String name, String because) {
    String what = qualified(group, resource);
    return new StatusException(
        StatusReason.FORBIDDEN,
        name.isEmpty()
            ? "%s is forbidden: %s".formatted(what, because)
            : "%s \"%s\" is forbidden: %s".formatted(what, name, because),
        about(group, resource, name));
  }

  /** 422: fields were refused. The message lists the causes as Kubernetes does. */
  public static StatusException invalid(
      String group, String kind, String name, List<StatusCause> causes) {
    List<String> texts =
        causes.stream().map(c -> c.field() + ": " + c.message()).distinct().toList();
    String text = texts.size() == 1 ? texts.get(0) : "[" + String.join(", ", texts) + "]";
    String what = group.isEmpty() ? kind : kind + "." + group;
    return new StatusException(
        StatusReason.INVALID,
        "%s \"%s\" is invalid: %s".formatted(what, name, text),
        new Details(group, kind, name, "", causes, 0));
  }

  /** 400: the request makes no sense. */
  public static StatusException badRequest(String message) {
    return new StatusException(StatusReason.BAD_REQUEST, message, Details.NONE);
  }

  /** 410: the revision is older than the kept history; the client must list again. */
  public static StatusException expired(String message) {
    return new StatusException(StatusReason.EXPIRED, message, Details.NONE);
  }

  /** 500: our own fault. */
  public static StatusException internal(String message) {
    return new StatusException(
        StatusReason.INTERNAL_ERROR, "Internal error occurred: " + message, Details.NONE);
  }

  private static String qualified(String group, String resource) {
    return group.isEmpty() ? resource : resource + "." + group;
  }

  private static Details about(String group, String resource, String name) {
    return new Details(group, resource, name, "", List.of(), 0);
  }
}
