package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.EngineException;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients are told of exceptions. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static Failure of(Throwable cause) {
    return switch (cause) {
      case Failure failure -> failure;
      case DockerException e -> new Failure(code(e.status()), e.getMessage());
      case EngineException e -> new Failure(code(e.code()), e.getMessage());
      case InterruptedException _, CancellationException _ ->
          new Failure(Failure.Code.CANCELLED, "context canceled");
      case java.io.UncheckedIOException e ->
          new Failure(Failure.Code.UNKNOWN, e.getCause().getMessage());
      case java.io.IOException e -> new Failure(Failure.Code.UNKNOWN, e.getMessage());
      case dev.mokha.engine.build.BuildException e ->
          new Failure(Failure.Code.UNKNOWN, e.getMessage());
      case IllegalArgumentException e -> new Failure(Failure.Code.INVALID_ARGUMENT, e.getMessage());
      default -> {
        log.warn("A call of BuildKit's protocol failed", cause);
        yield new Failure(Failure.Code.INTERNAL, String.valueOf(cause.getMessage()));
      }
    };
  }

  private static Failure.Code code(int status) {
    return switch (status) {
      case 400 -> Failure.Code.INVALID_ARGUMENT;
      case 403 -> Failure.Code.PERMISSION_DENIED;
      case 404 -> Failure.Code.NOT_FOUND;
      case 409 -> Failure.Code.ALREADY_EXISTS;
      case 501 -> Failure.Code.UNIMPLEMENTED;
      default -> Failure.Code.UNKNOWN;
    };
  }

  private static Failure.Code code(EngineException.Code code) {
    return switch (code) {
      case INVALID -> Failure.Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Failure.Code.NOT_FOUND;
      case NO_SPACE -> Failure.Code.RESOURCE_EXHAUSTED;
      default -> Failure.Code.UNKNOWN;
    };
  }
}
