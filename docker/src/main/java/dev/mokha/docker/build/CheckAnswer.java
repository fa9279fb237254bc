package dev.mokha.docker.build;

import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.checks.Warning;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What checks say of a Dockerfile, with the names that {@code docker build --call=check} has. */
final class CheckAnswer {
  private CheckAnswer() {}

  static ObjectNode of(Builder.Checked checked) {
    ObjectNode answer = Json.object();
    answer.put("event", "checked").put("error", checked.error());
    ArrayNode warnings = answer.putArray("warnings");
    for (Warning warning : checked.warnings()) {
      warnings
          .addObject()
          .put("ruleName", warning.rule().text())
          .put("description", warning.rule().description())
          .put("url", warning.rule().address())
          .put("detail", warning.detail())
          .put("line", warning.line());
    }
    if (checked.failure() != null) {
      answer
          .putObject("buildError")
          .put("message", checked.failure().getMessage())
          .put("line", checked.failure().line());
    }
    answer.putObject("source").put("filename", checked.name()).put("data", checked.text());
    return answer;
  }
}
