package dev.mokha.docker.networks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code /networks} as dockerd answers it. */
final class NetworkRoutesTest {
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker();
  }

  @Test
  void createsShowsAndRemoves() {
    Answer made =
        docker.call("POST", "/networks/create", "{\"Name\":\"shop\",\"Labels\":{\"a\":\"b\"}}");
    assertThat(made.status()).isEqualTo(201);
    String id = made.json().path("Id").asString();
    JsonNode network = docker.call("GET", "/networks/shop").json();
    assertThat(network.path("Id").asString()).isEqualTo(id);
    assertThat(network.path("Driver").asString()).isEqualTo("bridge");
    assertThat(network.path("IPAM").path("Config").path(0).path("Subnet").asString()).contains("/");
    assertThat(network.path("Containers").isEmpty()).isTrue();
    Answer again = docker.call("POST", "/networks/create", "{\"Name\":\"shop\"}");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.message()).isEqualTo("network with name shop already exists");
    assertThat(docker.call("DELETE", "/networks/" + id).status()).isEqualTo(204);
    assertThat(docker.call("GET", "/networks/shop").message()).isEqualTo("network shop not found");
  }

  @Test
  void filtersAndPrunes() {
    docker.call("POST", "/networks/create", "{\"Name\":\"old\",\"Labels\":{\"prune\":\"me\"}}");
    String custom = "/networks?filters=%7B%22type%22%3A%5B%22custom%22%5D%7D";
    assertThat(docker.call("GET", custom).json().toString()).contains("\"old\"");
    String builtin = "/networks?filters=%7B%22type%22%3A%5B%22builtin%22%5D%7D";
    assertThat(docker.call("GET", builtin).json()).hasSize(3);
    assertThat(docker.call("GET", "/networks?filters=%7B%22type%22%3A%5B%22foo%22%5D%7D").message())
        .isEqualTo("invalid filter: 'type'='foo'");
    String prune = "/networks/prune?filters=%7B%22label%22%3A%5B%22prune=me%22%5D%7D";
    assertThat(docker.call("POST", prune).json().path("NetworksDeleted").toString())
        .isEqualTo("[\"old\"]");
    assertThat(
            docker
                .call("POST", "/networks/prune?filters=%7B%22until%22%3A%5B%22a%22%5D%7D")
                .message())
        .isEqualTo("failed to parse value as time or duration: \"a\"");
  }

  @Test
  void refusesWithDockersWords() {
    assertThat(docker.call("POST", "/networks/create", "{\"Name\":\"o\",\"Driver\":\"overlay\"}"))
        .satisfies(
            answer -> {
              assertThat(answer.status()).isEqualTo(403);
              assertThat(answer.message()).startsWith("This node is not a swarm manager.");
            });
    assertThat(docker.call("DELETE", "/networks/bridge").message())
        .isEqualTo("bridge is a pre-defined network and cannot be removed");
    assertThat(
            docker.call("POST", "/networks/bridge/connect", "{\"Container\":\"nope\"}").message())
        .isEqualTo("No such container: nope");
    assertThat(docker.call("POST", "/networks/bridge/connect", "{}").status()).isEqualTo(400);
    assertThat(docker.call("GET", "/networks/bridge?scope=swarm").status()).isEqualTo(404);
  }
}
