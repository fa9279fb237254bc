package dev.mokha.docker.buildkit.solve;

import com.google.protobuf.ByteString;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A build's failure as BuildKit's clients know it: with the lines of the Dockerfile it is about.
 */
final class SolveFailure {
  private static final Pattern COMMAND =
      Pattern.compile("The command '(.*)' returned a non-zero code: (\\d+)", Pattern.DOTALL);

  /** Name of the detail that clients show lines by. */
  private static final String SOURCE = "github.com/moby/buildkit/errdefs.Source+json";

  private SolveFailure() {}

  /** What a failure says, in BuildKit's words where Docker's classic builder has others. */
  static String text(String message) {
    Matcher command = COMMAND.matcher(message);
    return command.matches()
        ? "process \""
            + command.group(1)
            + "\" did not complete successfully: exit code: "
            + command.group(2)
        : message;
  }

  /**
   * The failure of a build.
   *
   * @param file the Dockerfile's name
   * @param text the Dockerfile
   * @param line what it is about, from 1; 0 for no line
   */
  static Failure of(RuntimeException cause, String file, byte[] text, int line) {
    Failure failure = new Failure(Failure.Code.UNKNOWN, text(String.valueOf(cause.getMessage())));
    failure.initCause(cause);
    if (line <= 0) {
      return failure;
    }
    ObjectNode source = Json.object();
    source
        .putObject("info")
        .put("filename", file)
        .put("data", Base64.getEncoder().encodeToString(text))
        .put("language", "Dockerfile");
    ArrayNode ranges = source.putArray("ranges");
    ObjectNode range = ranges.addObject();
    range.putObject("start").put("line", line);
    range.putObject("end").put("line", lastLine(text, line));
    return failure.with(SOURCE, ByteString.copyFromUtf8(Json.MAPPER.writeValueAsString(source)));
  }

  /** The line where an instruction ends that goes on over several. */
  private static int lastLine(byte[] text, int first) {
    String[] lines = new String(text, StandardCharsets.UTF_8).split("\n", -1);
    int line = first;
    while (line < lines.length && line >= 1 && lines[line - 1].stripTrailing().endsWith("\\")) {
      line++;
    }
    return line;
  }
}
