package dev.mokha.node.streaming;

import dev.mokha.api.object.Json;
import java.nio.charset.StandardCharsets;
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

  /**
   * A status as a protocol sends it: the older versions have only the text of an error.
   *
   * @param asJson whether the version knows the Status
   */
  static byte[] text(ObjectNode status, boolean asJson) {
    if (asJson) {
      return Json.bytes(status);
    }
    boolean success = status.path("status").asString("").equals("Success");
    String message = success ? "" : status.path("message").asString("");
    return message.getBytes(StandardCharsets.UTF_8);
  }
}
