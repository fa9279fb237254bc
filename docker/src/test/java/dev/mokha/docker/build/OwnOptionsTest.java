package dev.mokha.docker.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code mokha build} asks for over the API, and contexts by address. */
@Timeout(120)
class OwnOptionsTest {
  private static TestDocker docker;

  @TempDir Path directory;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
  }

  @AfterAll
  static void close() {
    if (docker != null) {
      docker.close();
    }
  }

  private static TestDocker.Answer build(String query, String dockerfile) {
    return docker.send(
        "POST",
        "/build" + query,
        Map.of("Content-Type", "application/x-tar"),
        TestDocker.tar(Map.of("Dockerfile", dockerfile)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void checksAnswerWithWhatRulesSay() {
    JsonNode answer = build("?mokhacheck=1", "FROM busybox as A\nCMD x\n").json();
    assertThat(answer.path("warnings").valueStream().map(w -> w.path("ruleName").asString("")))
        .containsExactly("StageNameCasing", "FromAsCasing", "JSONArgsRecommended");
    assertThat(answer.path("warnings").path(2).path("line").asInt(0)).isEqualTo(2);
    assertThat(answer.path("source").path("data").asString("")).startsWith("FROM busybox");
    answer = build("?mokhacheck=1", "FROM busybox\nRUM x\n").json();
    assertThat(answer.path("buildError").path("message").asString(""))
        .isEqualTo(
            "dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)");
    assertThat(answer.path("buildError").path("line").asInt(0)).isEqualTo(2);
  }

  @Test
  void contextsByNameAndEntitlementsComeWithTheRequest() throws Exception {
    Files.writeString(directory.resolve("f"), "named");
    String contexts =
        encoded("{\"docs\":\"" + directory + "\",\"base\":\"docker-image://busybox\"}");
    String dockerfile = "FROM base\nCOPY --from=docs f /f\nRUN --security=insecure cat /f; id -u\n";
    List<JsonNode> told =
        build("?mokhaallow=security.insecure&mokhacontexts=" + contexts, dockerfile).lines();
    assertThat(told.toString()).contains("named").doesNotContain("errorDetail");
    told = build("?nocache=1&mokhacontexts=" + contexts, dockerfile).lines();
    assertThat(told.toString()).contains("security.insecure is not allowed");
    assertThat(build("?mokhaallow=everything", dockerfile).message())
        .isEqualTo("invalid entitlement: everything");
    assertThat(build("?mokhacontexts=" + encoded("{\"d\":\"relative\"}"), dockerfile).message())
        .isEqualTo("a path has to be absolute, not \"relative\"");
  }

  @Test
  void addressesAreOfKindsThatAreFetched() {
    for (String remote : List.of("file:///etc/passwd", "/etc", "ext::sh -c id", "ftp://h/x.tar")) {
      assertThat(docker.call("POST", "/build?remote=" + encoded(remote)).status())
          .as(remote)
          .isEqualTo(400);
    }
    assertThat(docker.call("POST", "/build?remote=" + encoded("git@h:team/app.git")).message())
        .contains("git over SSH is not available");
    TestDocker.Answer answer =
        docker.call("POST", "/build?remote=" + encoded("http://u:geheim@127.0.0.1:1/app.git"));
    assertThat(answer.message())
        .contains("failed to fetch git repository http://127.0.0.1:1/app.git")
        .doesNotContain("geheim");
  }
}
