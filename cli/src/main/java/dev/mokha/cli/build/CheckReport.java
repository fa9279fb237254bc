package dev.mokha.cli.build;

import java.io.PrintStream;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Prints what checks say of a Dockerfile, as {@code docker build --check} does. */
final class CheckReport {
  private static final int AROUND = 2;
  private static final String RULER = "--------------------";

  private final PrintStream out;
  private final String name;
  private final List<String> lines;

  private CheckReport(PrintStream out, JsonNode answer) {
    this.out = out;
    this.name = answer.path("source").path("filename").asString("Dockerfile");
    this.lines = List.of(answer.path("source").path("data").asString("").split("\n", -1));
  }

  /** Prints an answer; whether nothing is wrong. */
  static boolean print(JsonNode answer, PrintStream out) {
    CheckReport report = new CheckReport(out, answer);
    int count = answer.path("warnings").size();
    JsonNode failure = answer.path("buildError");
    if (failure.isMissingNode()) {
      out.println(
          switch (count) {
            case 0 -> "Check complete, no warnings found.";
            case 1 -> "Check complete, 1 warning has been found!";
            default -> "Check complete, " + count + " warnings have been found!";
          });
    }
    for (JsonNode warning : answer.path("warnings")) {
      out.println();
      out.println(
          "WARNING: "
              + warning.path("ruleName").asString("")
              + " - "
              + warning.path("url").asString(""));
      out.println(warning.path("detail").asString(""));
      report.excerpt(warning.path("line").asInt(0));
    }
    if (!failure.isMissingNode()) {
      out.println("ERROR: " + failure.path("message").asString(""));
      report.excerpt(failure.path("line").asInt(0));
    }
    return count == 0 && failure.isMissingNode();
  }

  private void excerpt(int line) {
    if (line < 1 || line > lines.size()) {
      return;
    }
    out.println(name + ":" + line);
    out.println(RULER);
    int last = Math.min(lines.size(), line + AROUND);
    for (int i = Math.max(1, line - AROUND); i <= last; i++) {
      out.println("%4d | %s %s".formatted(i, i == line ? ">>>" : "   ", lines.get(i - 1)));
    }
    out.println(RULER);
  }
}
