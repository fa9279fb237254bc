package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.http.Access;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member of one namespace, and what is another's. */
class NamespacesTest {
  /** The namespaces in which whoever calls has rights; all of them while a test prepares. */
  private static final Set<String> OPEN = ConcurrentHashMap.newKeySet();

  private static TestDocker docker;

  private static final Access MEMBER =
      new Access() {
        @Override
        public Decision decide(Caller caller, Action action) {
          String namespace = action.namespace().isEmpty() ? "team" : action.namespace();
          return OPEN.contains(namespace) && action.powers().isEmpty()
              ? Decision.ALLOWED
              : Decision.denied(
                  "not in "
                      + namespace
                      + ": "
                      + action.verb()
                      + " "
                      + action.resource()
                      + " "
                      + action.name());
        }

        @Override
        public String namespaceOf(Caller caller) {
          return OPEN.contains("default") ? "default" : "team";
        }
      };

  @BeforeAll
  static void open() {
    docker = new TestDocker(MEMBER, List.of()).withBusybox();
    OPEN.addAll(Set.of("default", "team"));
    docker.call("POST", "/volumes/create", "{\"Name\":\"theirs\"}");
    docker.call("POST", "/networks/create", "{\"Name\":\"theirnet\"}");
    docker.call(
        "POST",
        "/containers/create?name=their",
        "{\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"600\"],\"HostConfig\":{\"Binds\":[\"theirs:/x\"]}}");
    OPEN.remove("default");
  }

  @AfterAll
  static void close() {
    if (docker != null) {
      docker.close();
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
}
