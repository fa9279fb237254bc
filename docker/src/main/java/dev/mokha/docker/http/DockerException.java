package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

/** What a client is told: an HTTP status and Docker's own words. */
public final class DockerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** A refusal. */
  public DockerException(int status, String message) {
    this(status, message, null);
  }

  /** A refusal with a cause. */
  public DockerException(int status, String message, Throwable cause) {
    super(requireNonNull(message), cause);
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** 400: the request makes no sense. */
  public static DockerException invalid(String message) {
    return new DockerException(400, message);
  }

  /** 404: there is no such thing. */
  public static DockerException notFound(String message) {
    return new DockerException(404, message);
  }

  /** 409: it is in use, or not in the state for that. */
  public static DockerException conflict(String message) {
    return new DockerException(409, message);
  }
}
