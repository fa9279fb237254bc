package dev.mokha.docker.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Until;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Moments as prune filters name them. */
final class UntilTest {
  private static final Instant NOW = Instant.parse("2026-11-22T20:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "24h, 2026-11-21T20:00:00Z",
    "1h30m, 2026-11-22T18:30:00Z",
    "1.5h, 2026-11-22T18:30:00Z",
    "250ms, 2026-11-22T19:59:59.750Z",
    "0, 1970-01-01T00:00:00Z",
    "1760000000.5, 2025-10-09T08:53:20.500Z",
    "2026-11-22T10:00:00Z, 2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00.25+02:00, 2026-11-22T08:00:00.250Z",
    "2026-11-22T10Z, 2026-11-22T10:00:00Z"
  })
  void reads(String text, Instant moment) {
    assertThat(Until.parse(text, NOW)).isEqualTo(moment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1d", "2026-13-01", "24h x", "--1", "99999999999999999999"})
  void refuses(String text) {
    assertThatThrownBy(() -> Until.parse(text, NOW))
        .isInstanceOf(DockerException.class)
        .hasMessage("failed to parse value as time or duration: \"" + text + "\"");
  }
}
