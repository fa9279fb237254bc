package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the host's ps says of a container's processes, as {@code docker top} shows it. */
final class ProcessTable {
  private static final Pattern REDEFINED_PID = Pattern.compile("\\s+(\\S*)=\\s*(PID\\S*)");

  private ProcessTable() {}

  /**
   * Runs ps.
   *
   * @param arguments for ps, such as {@code -ef}
   * @param pids of the container, as the host numbers them
   */
  static ObjectNode of(String arguments, List<Long> pids) throws IOException, InterruptedException {
    if (REDEFINED_PID.matcher(arguments).find()) {
      throw DockerException.invalid("specifying \"" + arguments + "\" is not allowed");
    }
    List<String> words = new ArrayList<>();
    words.add("ps");
    for (String word : arguments.strip().split("\\s+")) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    Process process =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      // The first line says it; the rest is ps's usage.
      throw new DockerException(500, "ps: " + output.strip().lines().findFirst().orElse(""));
    }
    return parse(output, pids);
  }

  static ObjectNode parse(String output, List<Long> pids) {
    String[] lines = output.split("\n");
    List<String> titles = List.of(lines[0].strip().split("\\s+"));
    int column = titles.indexOf("PID");
    if (column < 0) {
      throw new DockerException(500, "Couldn't find PID field in ps output");
    }
    Set<String> wanted = new HashSet<>();
    pids.forEach(pid -> wanted.add(pid.toString()));
    ArrayNode processes = Json.array();
    boolean shown = false;
    for (int i = 1; i < lines.length; i++) {
      // The last column has spaces of its own.
      String[] fields = lines[i].strip().split("\\s+", titles.size());
      if (fields.length <= column) {
        continue;
      }
      // ps puts a dash where a line is of a thread of the process above.
      boolean threadOfShown = fields[column].equals("-") && shown;
      if (wanted.contains(fields[column]) || threadOfShown) {
        ArrayNode row = processes.addArray();
        for (String field : fields) {
          row.add(field);
        }
        shown = true;
      } else {
        shown = false;
      }
    }
    ObjectNode json = Json.object();
    json.set("Titles", Json.array(titles));
    json.set("Processes", processes);
    return json;
  }
}
