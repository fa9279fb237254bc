package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How image names are read. */
class ReferenceTest {
  @ParameterizedTest
  @CsvSource({
    "redis, docker.io/library/redis:latest",
    "redis:7, docker.io/library/redis:7",
    "team/app, docker.io/team/app:latest",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app:1, localhost:5000/app:1",
    "registry.example/a/b/c:x_1.2, registry.example/a/b/c:x_1.2",
    "index.docker.io/redis, docker.io/library/redis:latest",
    "[::1]:5000/app, [::1]:5000/app:latest",
  })
  void completesFamiliarNames(String given, String complete) {
    assertThat(Reference.parse(given).tagged()).isEqualTo(complete);
  }

  @Test
  void knowsDigests() {
    String digest = "sha256:" + "0a".repeat(32);
    Reference both = Reference.parse("app:1@" + digest);
    assertThat(both.wanted()).isEqualTo(digest);
    assertThat(both.tagged()).isEqualTo("docker.io/library/app:1");
    assertThat(Reference.parse("app@" + digest).tag()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "team/UPPER",
        "a//b",
        "-a",
        "a:",
        "a:b c",
        "a@sha256:12",
        "../a",
        "a:-x",
        "a/"
      })
  void refusesWhatIsNoName(String given) {
    assertThatThrownBy(() -> Reference.parse(given)).isInstanceOf(EngineException.class);
  }

  @Test
  void aShortNameNeverMeansAnotherRegistry() {
    for (String name :
        new String[] {
          "docker.io/evil.example/app:1", "docker.io/localhost/app:1", "docker.io/a/b:1", "busybox"
        }) {
      Reference reference = Reference.parse(name);
      assertThat(Reference.parse(Reference.familiar(reference.toString()))).isEqualTo(reference);
    }
    assertThat(Reference.familiar("docker.io/evil.example/app:1"))
        .isEqualTo("docker.io/evil.example/app:1");
    assertThat(Reference.familiar("docker.io/team/app:1")).isEqualTo("team/app:1");
  }
}
