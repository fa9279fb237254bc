package dev.mokha.docker.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the daemon says of itself, and of what it has not. */
final class SystemRoutesTest {
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker();
  }

  @Test
  void pingTellsClientsHowToTalk() {
    Answer get = docker.call("GET", "/_ping");
    assertThat(get.text()).isEqualTo("OK");
    assertThat(get.headers())
        .containsEntry("api-version", "1.50")
        .containsEntry("builder-version", "2")
        .containsEntry("ostype", "linux")
        .containsEntry("swarm", "inactive");
    Answer head = docker.call("HEAD", "/_ping");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void versionsAndFacts() {
    JsonNode version = docker.call("GET", "/version").json();
    assertThat(version.path("ApiVersion").asString()).isEqualTo("1.50");
    assertThat(version.path("MinAPIVersion").asString()).isEqualTo("1.24");
    JsonNode info = docker.call("GET", "/info").json();
    assertThat(info.path("Driver").asString()).isEqualTo("overlay2");
    assertThat(info.path("NCPU").asInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(info.path("MemTotal").asLong()).isGreaterThan(100L << 20);
    assertThat(info.path("Swarm").path("LocalNodeState").asString()).isEqualTo("inactive");
    assertThat(info.path("LiveRestoreEnabled").asBoolean()).isTrue();
    assertThat(docker.call("GET", "/info").json().path("ID")).isEqualTo(info.path("ID"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"swarm", "nodes", "services", "tasks", "secrets", "configs", "nodes/x"})
  void hasNoSwarm(String path) {
    Answer answer = docker.call("GET", "/v1.50/" + path);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.message()).startsWith("This node is not a swarm manager.");
  }

  @Test
  void hasNoPlugins() {
    assertThat(docker.call("GET", "/plugins").json()).isEmpty();
    Answer one = docker.call("GET", "/plugins/some/plugin:1/json");
    assertThat(one.status()).isEqualTo(404);
    assertThat(one.message()).isEqualTo("plugin \"some/plugin:1\" not found");
  }

  @Test
  void diskUsageByType() {
    docker.call("POST", "/volumes/create", "{\"Name\":\"used\"}");
    JsonNode all = docker.call("GET", "/system/df").json();
    assertThat(all.path("Volumes").toString()).contains("\"RefCount\":0,\"Size\":0");
    assertThat(all.path("Images").isArray()).isTrue();
    JsonNode volumes = docker.call("GET", "/system/df?type=volume").json();
    assertThat(volumes.path("Images").isNull()).isTrue();
    assertThat(docker.call("GET", "/system/df?type=nope").message())
        .isEqualTo("unknown object type: nope");
    docker.call("DELETE", "/volumes/used");
  }

  @Test
  void searchIsHonest() {
    assertThat(docker.call("GET", "/images/search?term=x&limit=101").message())
        .isEqualTo("limit 101 is outside the range of [1, 100]");
    Answer nobody = docker.call("GET", "/images/search?term=127.0.0.1:1/x");
    assertThat(nobody.status()).isEqualTo(500);
    assertThat(nobody.message()).contains("https://127.0.0.1:1/v1/search?q=x&n=25");
  }

  @Test
  void loginAsksTheRegistry() {
    Answer answer =
        docker.call(
            "POST",
            "/auth",
            "{\"username\":\"a\",\"password\":\"b\",\"serveraddress\":\"127.0.0.1:1\"}");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.message()).contains("127.0.0.1:1");
  }

  @Test
  void loginTellsWhetherTheRegistryTakesThePassword() throws IOException {
    HttpServer registry = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    String right =
        "Basic "
            + Base64.getEncoder().encodeToString("u:right".getBytes(StandardCharsets.US_ASCII));
    registry.createContext(
        "/v2/",
        exchange -> {
          boolean known = right.equals(exchange.getRequestHeaders().getFirst("Authorization"));
          byte[] body =
              (known ? "{}" : "{\"errors\":[{\"message\":\"authentication required\"}]}")
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
          exchange.sendResponseHeaders(known ? 200 : 401, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    registry.start();
    try {
      String host = "127.0.0.1:" + registry.getAddress().getPort();
      String login = "{\"username\":\"u\",\"password\":\"%s\",\"serveraddress\":\"%s\"}";
      Answer wrong = docker.call("POST", "/auth", login.formatted("wrong", host));
      assertThat(wrong.status()).isEqualTo(401);
      assertThat(wrong.message())
          .isEqualTo("login attempt to " + host + " failed with status: 401 Unauthorized");
      Answer taken = docker.call("POST", "/auth", login.formatted("right", host));
      assertThat(taken.json().path("Status").asString()).isEqualTo("Login Succeeded");
    } finally {
      registry.stop(0);
    }
  }
}
