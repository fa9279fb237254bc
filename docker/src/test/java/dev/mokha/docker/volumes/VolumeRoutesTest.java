package dev.mokha.docker.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code /volumes} as dockerd answers it. */
final class VolumeRoutesTest {
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker();
  }

  @Test
  void createsShowsAndRemoves() {
    Answer made =
        docker.call(
            "POST", "/v1.50/volumes/create", "{\"Name\":\"data\",\"Labels\":{\"a\":\"b\"}}");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.json().path("Mountpoint").asString()).endsWith("/volumes/data/_data");
    assertThat(made.json().path("CreatedAt").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)");
    assertThat(docker.call("GET", "/v1.50/volumes/data").json()).isEqualTo(made.json());
    assertThat(docker.call("DELETE", "/v1.50/volumes/data").status()).isEqualTo(204);
    Answer gone = docker.call("DELETE", "/v1.50/volumes/data");
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.message()).isEqualTo("get data: no such volume");
    assertThat(docker.call("DELETE", "/v1.50/volumes/data?force=1").status()).isEqualTo(204);
  }

  @Test
  void refusesWithDockersWords() {
    Answer driver =
        docker.call("POST", "/volumes/create", "{\"Name\":\"vol\",\"Driver\":\"nope\"}");
    assertThat(driver.status()).isEqualTo(404);
    assertThat(driver.message())
        .isEqualTo("create vol: error looking up volume plugin nope: plugin \"nope\" not found");
    Answer option =
        docker.call("POST", "/volumes/create", "{\"Name\":\"vol\",\"DriverOpts\":{\"foo\":\"1\"}}");
    assertThat(option.status()).isEqualTo(400);
    assertThat(option.message()).isEqualTo("create vol: invalid option: \"foo\"");
    Answer update = docker.call("PUT", "/volumes/vol?version=1", "{}");
    assertThat(update.status()).isEqualTo(503);
    assertThat(docker.call("GET", "/volumes?filters=%7B%22x%22%3A%5B%22y%22%5D%7D").message())
        .isEqualTo("invalid filter 'x'");
  }

  @Test
  void pruneTakesNamelessOnesAndWithAllTheOthers() {
    String unnamed = docker.call("POST", "/volumes/create", "{}").json().path("Name").asString();
    docker.call("POST", "/volumes/create", "{\"Name\":\"kept\",\"Labels\":{\"prune\":\"me\"}}");
    String all = "/v1.50/volumes/prune?filters=";
    assertThat(docker.call("POST", "/v1.50/volumes/prune").json().path("VolumesDeleted").toString())
        .contains(unnamed)
        .doesNotContain("kept");
    String filter = "%7B%22all%22%3A%5B%22true%22%5D%2C%22label%22%3A%5B%22prune%22%5D%7D";
    assertThat(docker.call("POST", all + filter).json().path("VolumesDeleted").toString())
        .isEqualTo("[\"kept\"]");
  }

  @Test
  void whatHappensIsTold() {
    docker.call("POST", "/volumes/create", "{\"Name\":\"told\"}");
    docker.call("DELETE", "/volumes/told");
    Answer events =
        docker.call("GET", "/events?since=0&until=1&filters=%7B%22volume%22%3A%5B%22told%22%5D%7D");
    assertThat(events.lines()).isEmpty(); // before 1970-01-01T00:00:01Z nothing happened
    long later = System.currentTimeMillis() / 1000 + 1;
    Answer now =
        docker.call(
            "GET",
            "/events?since=0&until=" + later + "&filters=%7B%22volume%22%3A%5B%22told%22%5D%7D");
    assertThat(now.lines())
        .extracting(line -> line.path("Action").asString(""))
        .containsExactly("create", "destroy");
  }
}
