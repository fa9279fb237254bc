package dev.mokha.docker.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import dev.mokha.engine.containers.Container;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code /images}, {@code /build} and {@code /commit} as dockerd answers them. */
final class ImageRoutesTest {
  private static final Map<String, String> TAR = Map.of("Content-Type", "application/x-tar");
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker();
    try {
      docker.withBusybox();
    } catch (RuntimeException e) {
      docker.close();
      docker = null;
      throw e;
    }
  }

  private static String stream(Answer answer) {
    StringBuilder all = new StringBuilder();
    answer.lines().forEach(line -> all.append(line.path("stream").asString("")));
    return all.toString();
  }

  @Test
  void listsAndInspects() {
    JsonNode list = docker.call("GET", "/v1.50/images/json").json();
    assertThat(list.toString()).contains("\"RepoTags\":[\"busybox:latest\"]");
    JsonNode image = docker.call("GET", "/v1.50/images/busybox/json").json();
    assertThat(image.path("Config").path("Cmd").toString()).isEqualTo("[\"sh\"]");
    assertThat(image.path("RootFS").path("Type").asString()).isEqualTo("layers");
    String id = image.path("Id").asString();
    assertThat(docker.call("GET", "/images/" + id.substring(7, 19) + "/json").json().path("Id"))
        .isEqualTo(image.path("Id"));
    assertThat(docker.call("GET", "/v1.40/images/busybox/json").json().has("ContainerConfig"))
        .isTrue();
  }

  @Test
  void saysWhatIsMissingInDockersWords() {
    Answer missing = docker.call("GET", "/images/nope/json");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.message()).isEqualTo("No such image: nope:latest");
    Answer upper = docker.call("DELETE", "/images/NOPE");
    assertThat(upper.status()).isEqualTo(400);
    assertThat(upper.message())
        .isEqualTo("invalid reference format: repository name (library/NOPE) must be lowercase");
    assertThat(docker.call("POST", "/images/busybox/tag?repo=x&tag=-").message())
        .isEqualTo("invalid tag format");
    Answer unreachable = docker.call("POST", "/images/create?fromImage=127.0.0.1:1/x&tag=1");
    assertThat(unreachable.status()).isEqualTo(500);
  }

  @Test
  void namesComeAndGo() {
    assertThat(docker.call("POST", "/images/busybox/tag?repo=team/app&tag=1").status())
        .isEqualTo(201);
    String filter = "%7B%22reference%22%3A%5B%22team/*%22%5D%7D";
    JsonNode found = docker.call("GET", "/images/json?filters=" + filter).json();
    assertThat(found).hasSize(1);
    assertThat(found.path(0).path("RepoTags").toString()).isEqualTo("[\"team/app:1\"]");
    Answer removed = docker.call("DELETE", "/images/team/app:1");
    assertThat(removed.text().strip()).isEqualTo("[{\"Untagged\":\"team/app:1\"}]");
  }

  @Test
  void savedImagesLoadAgain() {
    docker.call("POST", "/images/busybox/tag?repo=saved&tag=1");
    Answer saved = docker.call("GET", "/images/saved:1/get");
    assertThat(saved.headers()).containsEntry("content-type", "application/x-tar");
    docker.call("DELETE", "/images/saved:1");
    Answer loaded = docker.send("POST", "/images/load", TAR, saved.body());
    assertThat(stream(loaded)).isEqualTo("Loaded image: saved:1\n");
    Answer broken = docker.send("POST", "/images/load", TAR, new byte[2048]);
    assertThat(broken.text()).contains("errorDetail");
    assertThat(docker.call("GET", "/images/get?names=nope").message())
        .isEqualTo("No such image: nope");
    docker.call("DELETE", "/images/saved:1");
  }

  @Test
  void importsWithChanges() {
    byte[] root = TestDocker.tar(Map.of("etc/motd", "hi"));
    Answer made =
        docker.send(
            "POST",
            "/images/create?fromSrc=-&repo=imported&tag=1&message=why"
                + "&changes=CMD%20%5B%22a%22%5D&changes=ENV%20x=y%0ALABEL%20l=%22m%20n%22",
            TAR,
            root);
    assertThat(made.lines().getLast().path("status").asString()).startsWith("sha256:");
    JsonNode image = docker.call("GET", "/images/imported:1/json").json();
    assertThat(image.path("Comment").asString()).isEqualTo("why");
    assertThat(image.path("Config").path("Cmd").toString()).isEqualTo("[\"a\"]");
    assertThat(image.path("Config").path("Env").toString()).isEqualTo("[\"x=y\"]");
    assertThat(image.path("Config").path("Labels").toString()).isEqualTo("{\"l\":\"m n\"}");
    Answer refused = docker.send("POST", "/images/create?fromSrc=-&changes=RUN%20x", TAR, root);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.message()).isEqualTo("RUN is not a valid change command");
    assertThat(docker.call("DELETE", "/images/imported:1").text()).contains("Deleted");
  }

  @Test
  void buildsWithTheClassicApi() {
    byte[] context =
        TestDocker.tar(Map.of("Dockerfile", "FROM busybox\nCOPY x /x\nLABEL a=b\n", "x", "1"));
    Answer built = docker.send("POST", "/build?t=built:1&rm=1", TAR, context);
    assertThat(stream(built))
        .contains("Step 1/3 : FROM busybox")
        .contains("Successfully tagged built:1");
    assertThat(built.lines()).anyMatch(line -> line.path("aux").has("ID"));
    assertThat(stream(docker.send("POST", "/build?t=built:1", TAR, context)))
        .contains(" ---> Using cache");
    Answer wrong =
        docker.send(
            "POST", "/build", TAR, TestDocker.tar(Map.of("Dockerfile", "FROM x\nNOPE y\n")));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.message())
        .startsWith("dockerfile parse error on line 2: unknown instruction: NOPE");
    Answer failed =
        docker.send(
            "POST",
            "/build",
            TAR,
            TestDocker.tar(Map.of("Dockerfile", "FROM busybox\nRUN exit 3\n")));
    JsonNode last = failed.lines().getLast();
    assertThat(last.path("errorDetail").path("code").asInt()).isEqualTo(3);
    assertThat(last.path("error").asString())
        .isEqualTo("The command '/bin/sh -c exit 3' returned a non-zero code: 3");
    assertThat(docker.engine().containers().list("")).isEmpty();
    assertThat(docker.call("POST", "/build/cancel").message()).isEqualTo("build ID not provided");
  }

  @Test
  void aBuildIsCancelled() throws InterruptedException {
    byte[] context = TestDocker.tar(Map.of("Dockerfile", "FROM busybox\nRUN sleep 100\n"));
    CountDownLatch running = new CountDownLatch(1);
    docker
        .engine()
        .containers()
        .onChange(
            one -> {
              if (one.state().status() == Container.Status.RUNNING) {
                running.countDown();
              }
            });
    CompletableFuture<Answer> build =
        CompletableFuture.supplyAsync(
            () -> docker.send("POST", "/build?buildid=b1&nocache=1", TAR, context),
            Executors.newVirtualThreadPerTaskExecutor());
    assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(docker.call("POST", "/build/cancel?id=b1").status()).isEqualTo(200);
    assertThat(build.join().lines().getLast().path("error").asString())
        .isEqualTo("context canceled");
    assertThat(docker.engine().containers().list("")).isEmpty();
  }

  @Test
  void commitsWhatAContainerWrote() {
    String id =
        docker
            .call(
                "POST",
                "/containers/create?name=author",
                "{\"Image\":\"busybox\",\"Cmd\":[\"sh\",\"-c\",\"echo 1 > /made\"],"
                    + "\"Env\":[\"A=1\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}")
            .json()
            .path("Id")
            .asString();
    assertThat(docker.call("POST", "/containers/" + id + "/start").status()).isEqualTo(204);
    docker.call("POST", "/containers/" + id + "/wait");
    Answer made =
        docker.call(
            "POST", "/commit?container=author&repo=written&comment=c&changes=ENV%20B=2", "{}");
    assertThat(made.status()).isEqualTo(201);
    JsonNode image = docker.call("GET", "/images/written/json").json();
    assertThat(image.path("Id")).isEqualTo(made.json().path("Id"));
    assertThat(image.path("Comment").asString()).isEqualTo("c");
    assertThat(image.path("Config").path("Env").toString()).contains("A=1").contains("B=2");
    assertThat(image.path("RootFS").path("Layers")).hasSize(2);
    docker.call("DELETE", "/containers/author?force=1");
    assertThat(docker.call("DELETE", "/images/written").status()).isEqualTo(200);
    assertThat(docker.call("POST", "/commit?container=nope", "{}").message())
        .isEqualTo("No such container: nope");
  }
}
