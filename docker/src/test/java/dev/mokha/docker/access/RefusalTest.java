package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every route that names a container, an exec, a network or a volume refuses another namespace's,
 * by whatever name: also a route that is added one day, since those are taken from the tables.
 */
class RefusalTest {
  /** Routes that name nothing of a namespace; a new one is to be thought about, and put here. */
  private static final Set<String> NAMELESS =
      Set.of(
          "GET /containers/json",
          "POST /containers/create",
          "POST /containers/prune",
          "GET /volumes",
          "POST /volumes/prune",
          "GET /networks",
          "GET /networks/",
          "POST /networks/create",
          "POST /networks/prune",
          "POST /build",
          "POST /build/prune",
          "POST /build/cancel",
          "GET /events",
          "GET /info",
          "GET /version",
          "GET /_ping",
          "HEAD /_ping",
          "GET /system/df",
          "POST /auth",
          "POST /session",
          "POST /grpc");

  /** Areas whose things belong to no namespace: images are the node's, the others are not there. */
  private static final List<String> ELSEWHERE =
      List.of(
          "/images/",
          "/distribution/",
          "/plugins",
          "/swarm",
          "/nodes",
          "/services",
          "/tasks",
          "/secrets",
          "/configs");

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

  /** A request, and the same with a name that nothing has. */
  record Question(String method, String path, String body, String missing) {
    TestDocker.Answer ask(String there) {
      return body.isEmpty()
          ? docker.call(method, there)
          : docker.call(method, there, body.replace("'", "\""));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  static List<Question> questions() {
    String container = two.container();
    String network = two.network();
    List<String> containers =
        List.of("their", container, container.substring(0, 12), container.substring(0, 4));
    List<String> networks =
        List.of("theirnet", network, network.substring(0, 12), network.substring(0, 4));
    List<Question> all = new ArrayList<>();
    for (String endpoint : docker.endpoints()) {
      String method = endpoint.substring(0, endpoint.indexOf(' '));
      String template = endpoint.substring(endpoint.indexOf(' ') + 1);
      if (template.startsWith("/containers/{id}")) {
        add(all, method, template, containers);
      } else if (template.startsWith("/exec/{id}")) {
        add(all, method, template, List.of(two.exec()));
      } else if (template.startsWith("/networks/{name}")) {
        add(all, method, template, networks);
      } else if (template.startsWith("/volumes/{name}")) {
        add(all, method, template, List.of("theirs"));
      } else if (template.equals("/volumes/create")) {
        all.add(new Question(method, template, "{'Name':'theirs'}", "/volumes/nothere"));
      } else if (template.equals("/commit")) {
        for (String name : containers) {
          all.add(
              new Question(method, "/commit?container=" + name, "", "/commit?container=nothere"));
        }
      } else {
        assertThat(NAMELESS.contains(endpoint) || ELSEWHERE.stream().anyMatch(template::startsWith))
            .as(endpoint + " names nothing that is somebody's")
            .isTrue();
      }
    }
    return all;
  }

  private static void add(
      List<Question> all, String method, String template, List<String> references) {
    for (String reference : references) {
      all.add(
          new Question(
              method,
              template.replaceFirst("\\{\\w+}", reference) + "?path=/x&w=1&h=1&name=new&signal=9",
              method.equals("POST") ? "{'Cmd':['true'],'Container':'their'}" : "",
              template.replaceFirst("\\{\\w+}", "nothere") + "?path=/x&w=1&h=1&name=new"));
    }
  }

  @ParameterizedTest
  @MethodSource("questions")
  void whatIsAnothersIsRefused(Question question) {
    TestDocker.Answer answer = question.ask(question.path());
    assertThat(answer.status()).as(answer.text()).isEqualTo(403);
    if (!question.method().equals("HEAD")) {
      assertThat(answer.message()).as("access said so").startsWith("not in default: ");
    }
    assertThat(question.ask(question.missing()).status())
        .as("of what is not there nothing is refused")
        .isNotEqualTo(403);
  }

  @Test
  void whatNamesAnothersThingsInItsBodyIsRefused() {
    docker.call("POST", "/networks/create", "{\"Name\":\"ownnet\"}");
    for (String verb : List.of("connect", "disconnect")) {
      assertThat(
              docker
                  .call("POST", "/networks/ownnet/" + verb, "{\"Container\":\"their\"}")
                  .message())
          .startsWith("not in default: update containers");
    }
    byte[] context = TestDocker.tar(Map.of("Dockerfile", "FROM busybox\nRUN true\n"));
    for (String name : List.of("theirnet", two.network().substring(0, 12))) {
      assertThat(
              docker
                  .send(
                      "POST",
                      "/build?networkmode=" + name,
                      Map.of("Content-Type", "application/x-tar"),
                      context)
                  .message())
          .startsWith("not in default: connect networks");
    }
  }

  @AfterEach
  void nothingHasChanged() {
    two.asEverybody(
        () -> {
          assertThat(docker.call("GET", "/containers/their/json").text())
              .contains("\"Running\":true", "\"Paused\":false");
          assertThat(docker.call("GET", "/exec/" + two.exec() + "/json").text())
              .contains("\"ExitCode\":null");
          assertThat(docker.call("GET", "/volumes/theirs").status()).isEqualTo(200);
          assertThat(docker.call("GET", "/networks/theirnet").status()).isEqualTo(200);
          return null;
        });
  }
}
