package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member of one namespace, and what is another's. */
class NamespacesTest {
  private static TwoNamespaces two;
  private static TestDocker docker;

  @BeforeAll
  static void open() {
    two = new TwoNamespaces();
    docker = two.docker();
  }

  @AfterAll
  static void close() {
    if (two != null) {
      two.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"Binds\":[\"theirs:/x\"]",
        "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"theirs\",\"Target\":\"/x\"}]",
        "\"VolumesFrom\":[\"their\"]",
        "\"NetworkMode\":\"container:their\"",
        "\"PidMode\":\"container:their\"",
        "\"IpcMode\":\"container:their\"",
        "\"NetworkMode\":\"theirnet\"",
        "\"Links\":[\"their:db\"]",
        "\"Binds\":[\"/:/host\"]",
        "\"Privileged\":true"
      })
  void aContainerTakesNoPartInWhatIsAnothers(String host) {
    TestDocker.Answer answer =
        docker.call(
            "POST", "/containers/create", "{\"Image\":\"busybox\",\"HostConfig\":{" + host + "}}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(403);
  }

  @Test
  void noLabelMovesAContainerToAnothersNamespace() {
    assertThat(
            docker
                .call(
                    "POST",
                    "/containers/create",
                    "{\"Image\":\"busybox\",\"Labels\":{\"mokha.dev/namespace\":\"default\"}}")
                .status())
        .isEqualTo(403);
  }

  @Test
  void listsShowWhatIsOnesOwn() {
    TestDocker.Answer made =
        docker.call("POST", "/containers/create?name=own", "{\"Image\":\"busybox\"}");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    docker.call("POST", "/volumes/create", "{\"Name\":\"own\"}");
    assertThat(docker.call("GET", "/containers/json?all=1").text())
        .contains("/own")
        .doesNotContain("/their");
    assertThat(docker.call("GET", "/volumes").text()).contains("own").doesNotContain("theirs");
    assertThat(docker.call("GET", "/networks").text())
        .contains("bridge")
        .doesNotContain("theirnet");
    assertThat(docker.call("GET", "/volumes/theirs").status()).isEqualTo(403);
    assertThat(docker.call("DELETE", "/volumes/theirs").status()).isEqualTo(403);
    assertThat(docker.call("DELETE", "/networks/theirnet").status()).isEqualTo(403);
    assertThat(docker.call("GET", "/containers/their/logs?stdout=1").status()).isEqualTo(403);
    assertThat(docker.call("GET", "/containers/own/json").json().path("Config").path("Labels"))
        .hasToString("{\"mokha.dev/namespace\":\"team\"}");
  }

  @Test
  void diskUsageShowsWhatIsOnesOwn() {
    docker.call("POST", "/volumes/create", "{\"Name\":\"mine\"}");
    String shown = docker.call("GET", "/system/df").text();
    assertThat(shown).contains("\"mine\"").doesNotContain("theirs").doesNotContain("/their\"");
    assertThat(two.asEverybody(() -> docker.call("GET", "/system/df").text()))
        .contains("\"theirs\"", "/their\"");
  }

  @Test
  void aNetworkOfAllNamesItsMembersToThoseWhoMaySeeThem() {
    assertThat(docker.call("GET", "/networks/bridge").json().path("Containers")).isEmpty();
    assertThat(docker.call("GET", "/v1.27/networks").text()).doesNotContain("their");
    assertThat(
            two.asEverybody(() -> docker.call("GET", "/networks/bridge").json().path("Containers")))
        .hasSize(1);
  }

  private static String now() {
    Instant now = Instant.now();
    return "%d.%09d".formatted(now.getEpochSecond(), now.getNano());
  }

  @Test
  void eventsTellOfWhatIsOnesOwn() {
    docker.call("POST", "/volumes/create", "{\"Name\":\"told\"}");
    docker.call("DELETE", "/volumes/told");
    String heard = docker.call("GET", "/events?since=0&until=" + now()).text();
    assertThat(heard)
        .contains("\"told\"", "\"destroy\"")
        .doesNotContain("their")
        .doesNotContain(two.container());
    assertThat(two.asEverybody(() -> docker.call("GET", "/events?since=0&until=" + now()).text()))
        .contains("\"their\"", "\"theirs\"", "\"theirnet\"", two.container());
  }

  @Test
  void filtersSayNothingOfContainersThatMayNotBeSeen() {
    TestDocker.Answer hidden =
        docker.call("GET", "/containers/json?filters=%7B%22since%22%3A%5B%22their%22%5D%7D");
    TestDocker.Answer missing =
        docker.call("GET", "/containers/json?filters=%7B%22since%22%3A%5B%22nothere%22%5D%7D");
    assertThat(hidden.status()).isEqualTo(missing.status()).isEqualTo(404);
    assertThat(hidden.message()).isEqualTo(missing.message().replace("nothere", "their"));
  }

  @Test
  void aNameThatBecameAnothersNetworkIsNotJoined() {
    docker.call("POST", "/networks/create", "{\"Name\":\"swapped\"}");
    String id =
        docker
            .call(
                "POST",
                "/containers/create",
                "{\"Image\":\"busybox\",\"HostConfig\":{\"NetworkMode\":\"swapped\"}}")
            .json()
            .path("Id")
            .asString();
    assertThat(docker.call("DELETE", "/networks/swapped").status()).isEqualTo(204);
    two.asEverybody(() -> docker.call("POST", "/networks/create", "{\"Name\":\"swapped\"}").json());
    TestDocker.Answer started = docker.call("POST", "/containers/" + id + "/start");
    assertThat(started.status()).isEqualTo(404);
    assertThat(started.message()).contains("network swapped not found");
  }
}
