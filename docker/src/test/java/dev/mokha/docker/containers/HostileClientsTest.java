package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that ask at the same moment, or for what makes no sense. */
final class HostileClientsTest {
  private static final String SLEEP = "\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"1000\"]";
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
  }

  @AfterEach
  void removeAll() {
    docker.removeContainers();
  }

  private static Answer create(String name, String body) {
    return docker.call("POST", "/v1.50/containers/create?name=" + name, "{" + body + "}");
  }

  private static List<Integer> atOnce(int clients, Callable<Answer> call) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        answers.add(threads.submit(call));
      }
      for (Future<Answer> answer : answers) {
        statuses.add(answer.get().status());
      }
    }
    return statuses;
  }

  @Test
  void oneOfManyTakesTheName() throws Exception {
    List<Integer> statuses = atOnce(8, () -> create("same", SLEEP));
    assertThat(statuses).containsOnly(201, 409).containsOnlyOnce(201);
  }

  @Test
  void oneOfManyStartsItAndTheOthersFindItRunning() throws Exception {
    create("starts", SLEEP + ",\"HostConfig\":{\"AutoRemove\":true}");
    List<Integer> statuses = atOnce(8, () -> docker.call("POST", "/v1.50/containers/starts/start"));
    assertThat(statuses).isSubsetOf(204, 304).containsOnlyOnce(204);
    assertThat(
            docker.call("GET", "/containers/starts/json").json().at("/State/Running").asBoolean())
        .as("nobody's late start removes it")
        .isTrue();
  }

  @Test
  void oneOfManyRemovesIt() throws Exception {
    create("goes", SLEEP);
    docker.call("POST", "/containers/goes/start");
    List<Integer> statuses =
        atOnce(8, () -> docker.call("DELETE", "/v1.50/containers/goes?force=1"));
    assertThat(statuses).isSubsetOf(204, 404, 409).containsOnlyOnce(204);
    assertThat(docker.call("GET", "/containers/goes/json").status()).isEqualTo(404);
  }

  @Test
  void whatWasToRemoveItselfAndNeverStartedGoesWithTheDaemonsEnd() throws Exception {
    create("left", SLEEP + ",\"HostConfig\":{\"AutoRemove\":true}");
    create("stays", SLEEP);
    create("runs", SLEEP + ",\"HostConfig\":{\"AutoRemove\":true}");
    docker.call("POST", "/containers/runs/start");
    docker.restart();
    for (int i = 0; i < 100 && docker.call("GET", "/containers/left/json").status() != 404; i++) {
      Thread.sleep(Duration.ofMillis(50));
    }
    assertThat(docker.call("GET", "/containers/left/json").status()).isEqualTo(404);
    assertThat(docker.call("GET", "/containers/stays/json").status()).isEqualTo(200);
    assertThat(docker.call("GET", "/containers/runs/json").json().at("/State/Running").asBoolean())
        .isTrue();
  }

  @Test
  void nullIsAsNothing() {
    String body =
        SLEEP
            + ",\"Env\":null,\"Labels\":null,\"ExposedPorts\":null,\"HostConfig\":{\"Binds\":null,"
            + "\"PortBindings\":{\"80/tcp\":[null]},\"Ulimits\":null,\"RestartPolicy\":null,"
            + "\"CapAdd\":null,\"Devices\":null},\"NetworkingConfig\":{\"EndpointsConfig\":"
            + "{\"bridge\":null}}";
    Answer answer = create("nulls", body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    assertThat(docker.call("POST", "/containers/nulls/start").status()).isEqualTo(204);
  }

  @Test
  void refusesALinkToNobody() {
    Answer answer = create("linked", SLEEP + ",\"HostConfig\":{\"Links\":[\"nobody:x\"]}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.message())
        .isEqualTo("could not get container for nobody: No such container: nobody");
  }
}
