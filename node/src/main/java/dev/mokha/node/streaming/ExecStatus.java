package dev.mokha.node.streaming;

import dev.mokha.api.object.Json;
import tools.jackson.databind.node.ObjectNode;

/** The Status that tells a client how its command ended. */
public final class ExecStatus {
  private ExecStatus() {}

  /** The command ended with a code. */
  public static ObjectNode ofExitCode(int code) {
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.putObject("metadata");
    if (code == 0) {
      return status.put("status", "Success");
    }
    status
        .put("status", "Failure")
        .put("message", "command terminated with non-zero exit code: exit status " + code)
        .put("reason", "NonZeroExitCode");
    status
        .putObject("details")
        .putArray("causes")
        .addObject()
        .put("reason", "ExitCode")
        .put("message", Integer.toString(code));
    return status;
  }

  /** The command could not be run. */
  public static ObjectNode ofFailure(String message) {
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.putObject("metadata");
    return status
        .put("status", "Failure")
        .put("message", message)
        .put("reason", "InternalError")
        .put("code", 500);
  }
}
