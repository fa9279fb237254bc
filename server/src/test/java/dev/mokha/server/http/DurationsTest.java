package dev.mokha.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.Query;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({"1s,PT1S", "1m30s,PT1M30S", "500ms,PT0.5S", "1.5h,PT1H30M", "0,PT0S", "-2s,PT-2S"})
  void aDurationIsASumOfParts(String text, Duration expected) {
    assertThat(Durations.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "1", "1s2", "s", "1d", "1 s", "--1s"})
  void anythingElseIsNone(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noRequestGetsMoreTimeThanTheServerGives() {
    assertThat(RequestRules.timeout(Query.parse("timeout=5s"))).isEqualTo(Duration.ofSeconds(5));
    assertThat(RequestRules.timeout(Query.parse("timeout=10m"))).isEqualTo(Deadlines.MOST);
    assertThat(RequestRules.timeout(Query.NONE)).isEqualTo(Deadlines.MOST);
  }

  @Test
  void aWatchOfTheForgottenPastIsAWatchWithOneErrorInIt() {
    Reply reply =
        WatchRefusal.reply(StatusException.expired("too old resource version: 1"), Accept.DEFAULT);

    assertThat(reply.code()).isEqualTo(200);
    Body.Bytes bytes = (Body.Bytes) reply.body();
    assertThat(new String(bytes.bytes(), StandardCharsets.UTF_8))
        .startsWith("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\"")
        .contains("\"reason\":\"Expired\"")
        .endsWith("}\n");
  }
}
