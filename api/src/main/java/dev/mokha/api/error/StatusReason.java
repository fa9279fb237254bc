package dev.mokha.api.error;

/**
 * The machine-readable reasons of a failed {@code Status} and the HTTP code each travels with (API
 * conventions, "Response Status Kind").
 */
public enum StatusReason {
  BAD_REQUEST("BadRequest", 400),
  UNAUTHORIZED("Unauthorized", 401),
  FORBIDDEN("Forbidden", 403),
  NOT_FOUND("NotFound", 404),
  METHOD_NOT_ALLOWED("MethodNotAllowed", 405),
  NOT_ACCEPTABLE("NotAcceptable", 406),
  ALREADY_EXISTS("AlreadyExists", 409),
  CONFLICT("Conflict", 409),
  GONE("Gone", 410),
  EXPIRED("Expired", 410),
  REQUEST_ENTITY_TOO_LARGE("RequestEntityTooLarge", 413),
  UNSUPPORTED_MEDIA_TYPE("UnsupportedMediaType", 415),
  INVALID("Invalid", 422),
  TOO_MANY_REQUESTS("TooManyRequests", 429),
  INTERNAL_ERROR("InternalError", 500),
  SERVICE_UNAVAILABLE("ServiceUnavailable", 503),
  SERVER_TIMEOUT("ServerTimeout", 500),
  TIMEOUT("Timeout", 504);

  private final String reason;
  private final int code;

  StatusReason(String reason, int code) {
    this.reason = reason;
    this.code = code;
  }

  /** The word on the wire, such as {@code AlreadyExists}. */
  public String reason() {
    return reason;
  }

  /** The HTTP status code. */
  public int code() {
    return code;
  }

  /** The reason of that name, or {@link #INTERNAL_ERROR} when the name is not one of ours. */
  public static StatusReason of(String reason) {
    for (StatusReason r : values()) {
      if (r.reason.equals(reason)) {
        return r;
      }
    }
    return INTERNAL_ERROR;
  }
}
