package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
  private final Report report =
      new Report("pods")
          .setting("n", 2)
          .durations("create to Running", List.of(120_000_000L, 80_500_000L))
          .durations("never happened", List.of())
          .value("rate", 1234.4, "/s");

  @Test
  void tableHasALineForEachFigure() {
    assertThat(report.toTable().lines())
        .containsExactly(
            "pods  n=2",
            "                       count     p50 ms     p99 ms     max ms",
            "create to Running          2       80.5        120        120",
            "rate               1,234 /s");
  }

  @Test
  void jsonIsOneLineWithTheSameNumbers() {
    StringWriter out = new StringWriter();
    report.print(new PrintWriter(out), true);
    assertThat(out.toString().lines()).hasSize(1);
    JsonNode tree = new JsonMapper().readTree(out.toString());
    assertThat(tree.path("command").asString()).isEqualTo("pods");
    assertThat(tree.path("settings").path("n").asString()).isEqualTo("2");
    JsonNode times = tree.path("durations").path("create to Running");
    assertThat(times.path("count").asInt()).isEqualTo(2);
    assertThat(times.path("p50Millis").asDouble()).isEqualTo(80.5);
    assertThat(times.path("maxMillis").asDouble()).isEqualTo(120);
    assertThat(tree.path("durations").has("never happened")).isFalse();
    assertThat(tree.path("values").path("rate").path("unit").asString()).isEqualTo("/s");
  }

  @Test
  void numbersHaveTheDigitsThatMatter() {
    assertThat(Report.number(12345.6)).isEqualTo("12,346");
    assertThat(Report.number(50)).isEqualTo("50");
    assertThat(Report.number(12.34)).isEqualTo("12.3");
    assertThat(Report.number(1.234)).isEqualTo("1.23");
    assertThat(Report.number(0.1234)).isEqualTo("0.123");
    assertThat(Report.number(0)).isEqualTo("0");
  }
}
