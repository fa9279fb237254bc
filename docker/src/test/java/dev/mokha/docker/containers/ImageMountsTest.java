package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.images.ImportSpec;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.Mounts;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Images whose files containers see: {@code --mount type=image}. */
final class ImageMountsTest {
  private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
    importData();
  }

  private static void importData() {
    docker
        .engine()
        .images()
        .importRoot(
            new ByteArrayInputStream(
                TestDocker.tar(Map.of("data/one", "of the image\n", "top", "level\n"))),
            new ImportSpec("docker.io/library/data:1", "test", "", Json.object()));
  }

  @AfterAll
  static void close() {
    if (docker != null) {
      docker.close();
    }
  }

  private static Answer create(String name, String command, String mount) {
    return docker.call(
        "POST",
        "/v1.50/containers/create?name=" + name,
        "{\"Image\":\"busybox\",\"Cmd\":[\"sh\",\"-c\",\""
            + command
            + "\"],\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\","
            + mount
            + "}]}}");
  }

  private static String said(String name) {
    Answer started = docker.call("POST", "/containers/" + name + "/start");
    assertThat(started.status()).as(started.text()).isEqualTo(204);
    docker.call("POST", "/containers/" + name + "/wait");
    return docker.call("GET", "/containers/" + name + "/logs?stdout=1&stderr=1").text();
  }

  private static List<String> mounted(String id) {
    return Mounts.list().stream()
        .map(MountEntry::target)
        .map(Object::toString)
        .filter(target -> target.startsWith(docker.engine().config().runDir().toString()))
        .filter(target -> !target.contains(id) && !target.endsWith("/build"))
        .toList();
  }

  @Test
  void filesAreSeenAndCanNotBeWritten() {
    Answer made =
        create(
            "sees",
            "cat /in/data/one; touch /in/new; sleep 0.2",
            "\"Source\":\"data:1\",\"Target\":\"/in\"");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(made.json().path("Warnings").toString())
        .isEqualTo("[\"Image mount is an experimental feature\"]");
    assertThat(said("sees")).contains("of the image\n", "Read-only file system");
    JsonNode mount = docker.call("GET", "/containers/sees/json").json().at("/Mounts/0");
    assertThat(mount.path("Type").asString()).isEqualTo("image");
    assertThat(mount.path("Name").asString()).isEqualTo("data:1");
    assertThat(mount.path("RW").asBoolean()).isFalse();
    assertThat(mount.path("Propagation").asString()).isEqualTo("rprivate");
    assertThat(said("sees")).contains("of the image"); // a second run
    docker.call("DELETE", "/containers/sees");
  }

  @Test
  void aPartIsSeenAlone() {
    create(
        "part",
        "cat /in/one",
        "\"Source\":\"data:1\",\"Target\":\"/in\",\"ImageOptions\":{\"Subpath\":\"data\"}");
    assertThat(said("part")).contains("of the image\n");
    docker.call("DELETE", "/containers/part");
    create(
        "none",
        "true",
        "\"Source\":\"data:1\",\"Target\":\"/in\",\"ImageOptions\":{\"Subpath\":\"no/such\"}");
    Answer refused = docker.call("POST", "/containers/none/start");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.message()).startsWith("cannot access path no/such: no such file");
    docker.call("DELETE", "/containers/none");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    Answer missing = create("bad", "true", "\"Source\":\"nosuch\",\"Target\":\"/x\"");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.message()).isEqualTo("No such image: nosuch:latest");
    assertThat(
            create("bad", "true", "\"Source\":\"data:1\",\"Target\":\"/x\",\"VolumeOptions\":{}")
                .message())
        .isEqualTo("VolumeOptions must not be specified on mount type \"image\"");
    for (String path : List.of("../x", "/bin")) {
      assertThat(
              create(
                      "bad",
                      "true",
                      "\"Source\":\"data:1\",\"Target\":\"/x\",\"ImageOptions\":{\"Subpath\":\""
                          + path
                          + "\"}")
                  .message())
          .isEqualTo(
              "invalid mount config for type \"image\": subpath must be a relative path within"
                  + " the volume");
    }
  }

  @Test
  void anImageStaysWhileItIsMountedAndNothingStaysAfter() {
    String id =
        create("holds", "sleep 300", "\"Source\":\"data:1\",\"Target\":\"/in\"")
            .json()
            .path("Id")
            .asString();
    docker.call("POST", "/containers/holds/start");
    assertThat(mounted(id)).as("mounts of others than the container itself").isEmpty();
    assertThat(docker.call("DELETE", "/images/data:1").status()).isEqualTo(409);
    docker.restart();
    assertThat(docker.call("DELETE", "/images/data:1").status()).isEqualTo(409);
    docker.call("POST", "/containers/holds/restart?t=0");
    assertThat(docker.call("GET", "/containers/holds/json").json().at("/State/Running").asBoolean())
        .isTrue();
    docker.call("DELETE", "/containers/holds?force=1");
    assertThat(docker.engine().containers().list("docker-image-mount")).isEmpty();
    assertThat(mounted(id)).isEmpty();
    assertThat(docker.call("DELETE", "/images/data:1").status()).isEqualTo(200);
    importData();
  }
}
