package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.checks.Warning;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What checks of a Dockerfile say, as BuildKit's clients show it. */
final class CheckResults {
  /** The question that {@code docker build --check} asks. */
  static final String QUESTION = "frontend.lint";

  private CheckResults() {}

  /** A result's metadata. */
  static Map<String, byte[]> answer(Builder.Checked checked) {
    ObjectNode json = Json.object();
    ArrayNode warnings = json.putArray("warnings");
    StringBuilder shown = new StringBuilder();
    for (Warning warning : checked.warnings()) {
      ObjectNode one =
          warnings
              .addObject()
              .put("ruleName", warning.rule().text())
              .put("description", warning.rule().description())
              .put("url", warning.rule().address())
              .put("detail", warning.detail());
      lines(one, warning.line());
      shown.append(brief(warning)).append('\n');
    }
    json.putArray("sources")
        .addObject()
        .put("filename", checked.name())
        .put("language", "Dockerfile")
        .put("data", base64(checked.text()));
    if (checked.failure() != null) {
      String message = checked.failure().getMessage();
      lines(json.putObject("buildError").put("message", message), checked.failure().line());
      shown.append(message).append('\n');
    }
    boolean well = checked.warnings().isEmpty() && checked.failure() == null;
    Map<String, byte[]> result = new LinkedHashMap<>();
    result.put("result.json", Json.MAPPER.writeValueAsBytes(json));
    result.put("result.txt", shown.toString().getBytes(StandardCharsets.UTF_8));
    result.put("result.statuscode", Message.utf8(well ? "0" : "1"));
    result.put("version", Message.utf8("1.0.0"));
    return result;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void lines(ObjectNode json, int line) {
    ObjectNode range = json.putObject("location").putArray("ranges").addObject();
    range.putObject("start").put("line", line);
    range.putObject("end").put("line", line);
  }

  private static String brief(Warning warning) {
    return "%s: %s (line %d)".formatted(warning.rule().text(), warning.detail(), warning.line());
  }

  /** Shows what is found beside a build. */
  static void show(Builder.Checked checked, Vertices.Vertex vertex) {
    Message source =
        Message.of()
            .text(1, checked.name())
            .data(2, Message.utf8(checked.text()))
            .text(4, "Dockerfile")
            .build();
    for (Warning warning : checked.warnings()) {
      Message position = Message.of().number(1, warning.line()).build();
      vertex.warns(
          Message.of()
              .number(2, 1)
              .data(3, Message.utf8(brief(warning)))
              .data(4, Message.utf8(warning.rule().description()))
              .text(5, warning.rule().address())
              .message(6, source)
              .message(7, Message.of().message(1, position).message(2, position).build()));
    }
  }
}
