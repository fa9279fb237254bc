package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.EngineException;
import dev.mokha.network.bridges.NetworkException;

/** What dockerd says when a container does not start. */
public final class StartErrors {
  private static final String RUNTIME =
      "failed to create task for container: failed to create shim task: OCI runtime create"
          + " failed: ";

  private StartErrors() {}

  /** What the engine says, in dockerd's words where it is the runtime's. */
  public static String said(EngineException failure) {
    String message = String.valueOf(failure.getMessage());
    return failure.code() == EngineException.Code.RUNTIME ? RUNTIME + message : message;
  }

  /** The failure as a client is told of it. */
  static RuntimeException translate(RuntimeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DockerException known) {
        return known;
      }
      if (cause instanceof NetworkException known) {
        return known;
      }
    }
    if (failure instanceof EngineException e && e.code() == EngineException.Code.RUNTIME) {
      String message = String.valueOf(e.getMessage());
      boolean users =
          message.contains("executable file not found")
              || message.contains("no such file or directory")
              || message.contains("permission denied")
              || message.contains("is a directory")
              || message.contains("not a directory");
      boolean kinds = message.contains("error mounting") && message.endsWith("not a directory");
      return new DockerException(
          users ? 400 : 500,
          RUNTIME
              + message
              + (kinds
                  ? ": Are you trying to mount a directory onto a file (or vice-versa)? Check if"
                      + " the specified host path exists and is the expected type"
                  : ""),
          e);
    }
    return failure;
  }
}
