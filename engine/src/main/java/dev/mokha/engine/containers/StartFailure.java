package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import java.util.Locale;

/** Why a container did not start, and the exit code that stands for it (Docker's, as a shell's). */
final class StartFailure {
  private static final int NOT_STARTED = 128;
  static final int NOT_FOUND = 127;
  static final int NOT_EXECUTABLE = 126;

  private StartFailure() {}

  /** 127: no such program; 126: it can't be executed; 128: anything else. */
  static int exitCode(String message) {
    String said = message.toLowerCase(Locale.ROOT);
    if (said.contains("executable file not found")
        || said.contains("no such file or directory")
        || said.contains("not a directory")) {
      return NOT_FOUND;
    }
    return said.contains("permission denied") || said.contains("is a directory")
        ? NOT_EXECUTABLE
        : NOT_STARTED;
  }

  /** An exception for users. */
  static EngineException of(String id, String verb, Exception e) {
    if (e instanceof EngineException known) {
      return known;
    }
    boolean full = String.valueOf(e.getMessage()).contains("o space left");
    return new EngineException(
        full ? EngineException.Code.NO_SPACE : EngineException.Code.INTERNAL,
        "Container " + id + " could not be " + verb + ": " + e.getMessage(),
        e);
  }
}
